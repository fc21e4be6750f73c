"""How the next review is found and explained, and what passes between people."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEW = (
    ("cases", "reach", sa.Integer(), "0"),
    ("cases", "language", sa.Text(), None),
    ("detections", "reported_by", sa.Text(), None),
    ("decisions", "confidence", sa.Text(), None),
    ("reviews", "reach", sa.Integer(), "0"),
    ("reviews", "reporters", sa.Integer(), "0"),
    ("reviews", "trusted", sa.Boolean(), sa.false()),
    ("reviews", "language", sa.Text(), None),
    ("reviews", "jurisdiction", sa.Text(), None),
    ("reviews", "skill", sa.Text(), None),
    ("reviews", "wakes_at", Utc(), None),
    ("reviews", "offered_to", sa.Text(), None),
    ("reviews", "offered_until", Utc(), None),
    ("claims", "chosen", sa.Text(), None),
    ("claims", "confidence", sa.Text(), None),
    ("claims", "grounds", sa.Text(), None),
    ("claims", "wants_second", sa.Boolean(), sa.false()),
    ("claims", "deliver_after", Utc(), None),
)
"""Table, column, type, and what rows from before have: NULL where none is named."""


def upgrade() -> None:
    _columns()
    _routes()
    _absences()
    _moves()
    _elsewhere()


def _columns() -> None:
    for table, column, kind, before in _NEW:
        op.add_column(
            table, sa.Column(column, kind, nullable=before is None, server_default=before)
        )
    op.create_index("ix_claims_person_at", "claims", ["person", "at"])
    op.create_index("ix_claims_at", "claims", ["at"])
    op.create_index("ix_reviews_opened_at", "reviews", ["opened_at"])
    op.create_index("ix_reviews_closed_at", "reviews", ["closed_at"])
    op.create_index(
        "ix_detections_reported_by",
        "detections",
        ["reported_by"],
        sqlite_where=sa.text("reported_by IS NOT NULL"),
        postgresql_where=sa.text("reported_by IS NOT NULL"),
    )


def _routes() -> None:
    op.create_table(
        "profiles",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("jurisdictions", sa.Text(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("opted_out", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_profiles")),
        sa.UniqueConstraint("alias", name=op.f("uq_profiles_alias")),
    )
    op.create_table(
        "relations",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("person", "account_id", name=op.f("pk_relations")),
    )
    op.create_index(op.f("ix_relations_account_id"), "relations", ["account_id"], unique=False)


def _absences() -> None:
    op.create_table(
        "skips",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_skips_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "person", name=op.f("pk_skips")),
    )
    op.create_table(
        "breaks",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("person", "began_at", name=op.f("pk_breaks")),
    )


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("move_id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_moves_case_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_moves_review_id")
        ),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_moves")),
    )
    op.create_index(
        "ix_moves_pending",
        "moves",
        ["at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_moves_review_id"), "moves", ["review_id"], unique=False)


def _elsewhere() -> None:
    op.create_table(
        "presence",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_presence_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "person", name=op.f("pk_presence")),
    )
    op.create_table(
        "handoffs",
        sa.Column("handoff_id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=True),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_handoffs_case_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name=op.f("fk_handoffs_review_id")
        ),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_handoffs")),
    )
    op.create_index(op.f("ix_handoffs_review_id"), "handoffs", ["review_id"], unique=False)


def downgrade() -> None:
    op.drop_table("handoffs")
    op.drop_table("presence")
    op.drop_table("moves")
    op.drop_table("breaks")
    op.drop_table("skips")
    op.drop_table("relations")
    op.drop_table("profiles")
    op.drop_index("ix_detections_reported_by", "detections")
    op.drop_index("ix_reviews_closed_at", "reviews")
    op.drop_index("ix_reviews_opened_at", "reviews")
    op.drop_index("ix_claims_at", "claims")
    op.drop_index("ix_claims_person_at", "claims")
    for table, column, _, _ in reversed(_NEW):
        op.drop_column(table, column)
