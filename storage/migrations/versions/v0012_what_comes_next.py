"""What the next review is found by: what is at stake, and how far it spread, in indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STAKES = "severity_rank * 2 + CASE WHEN trusted THEN 0 ELSE 1 END"
_SPREAD = """
    6 * CASE
        WHEN reach >= 1000000000 THEN 0 WHEN reach >= 100000000 THEN 1 WHEN reach >= 10000000 THEN 2
        WHEN reach >= 1000000 THEN 3 WHEN reach >= 100000 THEN 4 WHEN reach >= 10000 THEN 5
        WHEN reach >= 1000 THEN 6 WHEN reach >= 100 THEN 7 WHEN reach >= 10 THEN 8 ELSE 9 END
    + CASE
        WHEN reporters >= 10 THEN 0 WHEN reporters >= 5 THEN 1 WHEN reporters >= 3 THEN 2
        WHEN reporters >= 2 THEN 3 WHEN reporters >= 1 THEN 4 ELSE 5 END
"""
_INDEXES = {
    "ix_reviews_due": ["desk", "stakes", "due_at"],
    "ix_reviews_served": ["desk", "stakes", "spread", "due_at", "opened_at", "review_id"],
    "ix_reviews_oldest": ["desk", "opened_at"],
}


def upgrade() -> None:
    """SQLite computes such a column when it is read, as it cannot add one that is kept."""
    is_kept = op.get_bind().dialect.name == "postgresql"
    for column, said in (("stakes", _STAKES), ("spread", _SPREAD)):
        computed = sa.Computed(said, persisted=is_kept)
        op.add_column("reviews", sa.Column(column, sa.Integer(), computed))
    op.drop_index("ix_reviews_waiting", "reviews")
    for name, columns in _INDEXES.items():
        _index(name, columns, "state = 'open'")
    _index(op.f("ix_reviews_offered_to"), ["offered_to"], "offered_to IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "reviews", columns, sqlite_where=only, postgresql_where=only)
