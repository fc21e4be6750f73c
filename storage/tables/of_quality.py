"""Decisions looked at again to learn how well people agree, and cases whose answer is known."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, text

from storage.tables.columns import case, metadata, moment, name, number, perhaps

golden = Table(
    "golden",
    metadata,
    Column("golden_id", Text, primary_key=True),
    case(),
    number("round"),
    name("harm"),
    name("severity"),
    name("desk"),
    name("policy"),
    number("policy_version"),
    name("verdict"),
    name("measures"),
    Column("sealed_why", LargeBinary),
    name("by"),
    moment("at"),
    perhaps("retired_at"),
    Index("uq_golden_standing", "case_id", unique=True,
          sqlite_where=text("retired_at IS NULL"), postgresql_where=text("retired_at IS NULL")),
)  # fmt: skip

rereviews = Table(
    "rereviews",
    metadata,
    Column("review_id", Text, ForeignKey("reviews.review_id"), primary_key=True),
    case(),
    name("kind"),
    Column("decision_id", Text),
    Column("golden_id", Text),
    name("policy"),
    number("policy_version"),
    Column("first_by", Text),
    Column("first_verdict", Text),
    Column("first_measures", Text),
    moment("at"),
    Column("by", Text),
    Column("verdict", Text),
    Column("measures", Text),
    perhaps("answered_at"),
    perhaps("lapsed_at"),
    Column("lapsed_why", Text),
    Index(None, "policy", "answered_at"),
    Index(None, "by", "answered_at"),
    Index(None, "first_by", "answered_at"),
    Index(None, "decision_id"),
    Index(None, "golden_id"),
    Index(None, "case_id"),
    Index("ix_rereviews_open", "at",
          sqlite_where=text("answered_at IS NULL AND lapsed_at IS NULL"),
          postgresql_where=text("answered_at IS NULL AND lapsed_at IS NULL")),
)  # fmt: skip
