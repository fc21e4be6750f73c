"""Duties and holds; people, policies, the audit trail."""

from sqlalchemy import (
    Boolean,
    Column,
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

obligations = Table(
    "obligations",
    metadata,
    Column("obligation_id", Text, primary_key=True),
    case(),
    name("kind"),
    name("state"),
    moment("due_at"),
    moment("opened_at"),
    perhaps("met_at"),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Text, primary_key=True),
    name("kind"),
    name("target"),
    name("by"),
    name("why"),
    moment("set_at"),
    perhaps("lifted_at"),
    Column("lifted_by", Text),
    Column("lifted_why", Text),
    Column("automated_only", Boolean, nullable=False, server_default=false()),
    Column("case_id", Text),
    perhaps("paged_at"),
    Index(None, "kind", "target"),
    Index("ix_holds_standing", "kind", "target", "automated_only", unique=True,
          sqlite_where=text("lifted_at IS NULL"), postgresql_where=text("lifted_at IS NULL")),
)  # fmt: skip

reviewers = Table(
    "reviewers",
    metadata,
    Column("reviewer_id", Text, primary_key=True),
    name("role"),
    name("harms"),
    name("queues"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    moment("added_at"),
    perhaps("revoked_at"),
)

policies = Table(
    "policies",
    metadata,
    name("harm"),
    number("version"),
    name("text"),
    moment("put_at"),
    PrimaryKeyConstraint("harm", "version"),
)

idempotency = Table(
    "idempotency",
    metadata,
    name("caller"),
    name("key"),
    Column("digest", LargeBinary, nullable=False),
    moment("at"),
    Column("status", Integer),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("caller", "key"),
    Index(None, "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    name("case_id"),
    moment("at"),
    name("actor"),
    name("event"),
    name("facts"),
    name("digest"),
    name("mac"),
    Index(None, "case_id", "seq"),
)
