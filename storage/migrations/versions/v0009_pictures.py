"""Snapshots of pictures, and what tells that two items are nearly the same."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _snapshots()
    _bands()
    op.add_column("findings", sa.Column("matches", sa.Text(), nullable=True))


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("taken_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_snapshots_case_id")),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshots")),
    )
    op.create_index(
        op.f("ix_snapshots_case_id_place"), "snapshots", ["case_id", "place"], unique=False
    )
    op.create_index(op.f("ix_snapshots_due_at"), "snapshots", ["due_at"], unique=False)


def _bands() -> None:
    op.create_table(
        "likeness_bands",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "band", "case_id", "value", name=op.f("pk_likeness_bands")),
    )
    op.create_index(op.f("ix_likeness_bands_case_id"), "likeness_bands", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_column("findings", "matches")
    op.drop_table("likeness_bands")
    op.drop_table("snapshots")
