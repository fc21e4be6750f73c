"""How reviews find the right person: routes, what people avoid, and what passes between them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from storage.tables.columns import case, metadata, moment, name, perhaps

profiles = Table(
    "profiles",
    metadata,
    Column("person", Text, primary_key=True),
    name("languages"),
    name("jurisdictions"),
    name("skills"),
    name("opted_out"),
    name("limits"),
    Column("alias", Text, unique=True),
    moment("changed_at"),
)

relations = Table(
    "relations",
    metadata,
    name("person"),
    name("account_id"),
    name("kind"),
    Column("reported_by", Text),
    name("declared_by"),
    moment("at"),
    PrimaryKeyConstraint("person", "account_id"),
    Index(None, "account_id"),
)

skips = Table(
    "skips",
    metadata,
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    name("person"),
    name("reason"),
    moment("at"),
    moment("until"),
    PrimaryKeyConstraint("review_id", "person"),
)

breaks = Table(
    "breaks",
    metadata,
    name("person"),
    moment("began_at"),
    moment("until"),
    perhaps("ended_at"),
    PrimaryKeyConstraint("person", "began_at"),
)

moves = Table(
    "moves",
    metadata,
    Column("move_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    case(),
    name("desk"),
    name("by"),
    moment("at"),
    name("state"),
    Index("ix_moves_pending", "at", sqlite_where=text("state = 'pending'"),
          postgresql_where=text("state = 'pending'")),
    Index(None, "review_id"),
)  # fmt: skip

presence = Table(
    "presence",
    metadata,
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    name("person"),
    moment("seen_at"),
    PrimaryKeyConstraint("review_id", "person"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("handoff_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    case(),
    name("system"),
    name("desk"),
    name("state"),
    Column("their_id", Text),
    moment("asked_at"),
    perhaps("sent_at"),
    perhaps("answered_at"),
    Index(None, "review_id"),
)
