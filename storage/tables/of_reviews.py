"""Reviews, and who holds and decides them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from storage.tables.columns import case, metadata, moment, name, number, perhaps

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
    Index("ix_reviews_waiting", "desk", "severity_rank", "due_at",
          sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    Index(None, "case_id"),
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
    Column("submission_id", Text, unique=True),
    Column("submission_state", Text),
    perhaps("submitted_at"),
    Column("by_person", Text),
    Column("verdict", Text),
    Column("measures", Text),
    Column("sealed_reason", LargeBinary),
    Index("uq_claims_live", "review_id", unique=True,
          sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    Index(None, "review_id"),
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
