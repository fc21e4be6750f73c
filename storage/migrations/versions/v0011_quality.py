"""Decisions looked at again, and cases whose answer is known."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OPEN = "answered_at IS NULL AND lapsed_at IS NULL"
_BY_PEOPLE = "hearing = 'first' AND NOT automated"


def upgrade() -> None:
    _golden()
    _rereviews()
    _indexes()


def _golden() -> None:
    op.create_table(
        "golden",
        sa.Column("golden_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("sealed_why", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("retired_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_golden_case_id")),
        sa.PrimaryKeyConstraint("golden_id", name=op.f("pk_golden")),
    )


def _rereviews() -> None:
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
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("lapsed_at", Utc(), nullable=True),
        sa.Column("lapsed_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_rereviews_case_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_rereviews_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_rereviews")),
    )


def _indexes() -> None:
    for columns in (
        ("policy", "answered_at"),
        ("by", "answered_at"),
        ("first_by", "answered_at"),
        ("decision_id",),
        ("golden_id",),
        ("case_id",),
    ):
        op.create_index(op.f(f"ix_rereviews_{'_'.join(columns)}"), "rereviews", columns)
    _partial("ix_rereviews_open", "rereviews", ["at"], _OPEN)
    _partial("uq_golden_standing", "golden", ["case_id"], "retired_at IS NULL", unique=True)
    _partial("ix_decisions_by_people", "decisions", ["at", "decision_id"], _BY_PEOPLE)


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_decisions_by_people", "decisions")
    op.drop_table("rereviews")
    op.drop_table("golden")
