"""Decisions looked at again, and cases whose answer is known."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "golden",
        sa.Column("golden_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("sealed_why", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("retired_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_golden_case_id")),
        sa.PrimaryKeyConstraint("golden_id", name=op.f("pk_golden")),
    )
    op.create_table(
        "rereviews",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("golden_id", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.Text(), nullable=True),
        sa.Column("first_verdict", sa.Text(), nullable=True),
        sa.Column("first_measures", sa.Text(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_rereviews_case_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_rereviews_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_rereviews")),
    )
    op.create_index(op.f("ix_rereviews_decision_id"), "rereviews", ["decision_id"], unique=False)
    op.create_index(
        op.f("ix_rereviews_policy_answered_at"),
        "rereviews",
        ["policy", "answered_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("rereviews")
    op.drop_table("golden")
