"""Reviews, and who holds and decides them."""

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from storage.tables.columns import case, metadata, moment, name, number, perhaps

SPREAD = """
    6 * CASE
        WHEN reach >= 1000000000 THEN 0 WHEN reach >= 100000000 THEN 1 WHEN reach >= 10000000 THEN 2
        WHEN reach >= 1000000 THEN 3 WHEN reach >= 100000 THEN 4 WHEN reach >= 10000 THEN 5
        WHEN reach >= 1000 THEN 6 WHEN reach >= 100 THEN 7 WHEN reach >= 10 THEN 8 ELSE 9 END
    + CASE
        WHEN reporters >= 10 THEN 0 WHEN reporters >= 5 THEN 1 WHEN reporters >= 3 THEN 2
        WHEN reporters >= 2 THEN 3 WHEN reporters >= 1 THEN 4 ELSE 5 END
"""
"""The bands of reach and of reporters, as `casework.queueing` has them: 0 is served first. An index
holds them, so they are the database's own words."""


def _waiting(named: str, *columns: str) -> Index:
    """An index on what is open, which stays small however much was ever closed."""
    open_ones = text("state = 'open'")
    return Index(named, *columns, sqlite_where=open_ones, postgresql_where=open_ones)


reviews = Table(
    "reviews",
    metadata,
    Column("review_id", Text, primary_key=True),
    case(),
    number("round"),
    name("hearing"),
    name("harm"),
    name("severity"),
    number("severity_rank"),
    name("desk"),
    moment("due_at"),
    name("why"),
    name("state"),
    moment("opened_at"),
    perhaps("closed_at"),
    perhaps("held_until"),
    Column("decided", Text),
    Column("reach", Integer, nullable=False, server_default="0"),
    Column("reporters", Integer, nullable=False, server_default="0"),
    Column("trusted", Boolean, nullable=False, server_default=false()),
    Column("language", Text),
    Column("jurisdiction", Text),
    Column("skill", Text),
    perhaps("wakes_at"),
    Column("offered_to", Text),
    perhaps("offered_until"),
    Column("stakes", Integer, Computed("severity_rank * 2 + CASE WHEN trusted THEN 0 ELSE 1 END")),
    Column("spread", Integer, Computed(SPREAD)),
    _waiting("ix_reviews_due", "desk", "stakes", "due_at"),
    _waiting("ix_reviews_served", "desk", "stakes", "spread", "due_at", "opened_at", "review_id"),
    _waiting("ix_reviews_oldest", "desk", "opened_at"),
    Index(None, "offered_to", sqlite_where=text("offered_to IS NOT NULL"),
          postgresql_where=text("offered_to IS NOT NULL")),
    Index(None, "case_id"),
    Index(None, "opened_at"),
    Index(None, "closed_at"),
)  # fmt: skip

exclusions = Table(
    "exclusions",
    metadata,
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    name("person"),
    PrimaryKeyConstraint("review_id", "person"),
)

claims = Table(
    "claims",
    metadata,
    Column("claim_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    name("queue"),
    name("person"),
    name("etag"),
    moment("at"),
    moment("expires_at"),
    perhaps("ended_at"),
    Column("ended", Text),
    Column("chosen", Text),
    Column("submission_id", Text, unique=True),
    Column("submission_state", Text),
    perhaps("submitted_at"),
    Column("by_person", Text),
    Column("verdict", Text),
    Column("measures", Text),
    Column("sealed_reason", LargeBinary),
    Column("confidence", Text),
    Column("grounds", Text),
    Column("wants_second", Boolean, nullable=False, server_default=false()),
    perhaps("deliver_after"),
    Index("uq_claims_live", "review_id", unique=True,
          sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    Index(None, "review_id"),
    Index(None, "person", "at"),
    Index(None, "at"),
    Index("ix_claims_live_person", "person", sqlite_where=text("ended_at IS NULL"),
          postgresql_where=text("ended_at IS NULL")),
    Index("ix_claims_pending", "submitted_at", sqlite_where=text("submission_state = 'pending'"),
          postgresql_where=text("submission_state = 'pending'")),
)  # fmt: skip

notes = Table(
    "notes",
    metadata,
    Column("note_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    name("case_id"),
    name("by"),
    moment("at"),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "review_id"),
)
