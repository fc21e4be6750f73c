"""Decisions looked at again to learn how well people agree, and cases whose answer is known."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from storage.tables.columns import case, metadata, moment, name, number, perhaps

golden = Table(
    "golden",
    metadata,
    Column("golden_id", Text, primary_key=True),
    case(),
    number("round"),
    name("harm"),
    name("verdict"),
    name("measures"),
    Column("sealed_why", LargeBinary),
    name("by"),
    moment("at"),
    perhaps("retired_at"),
)

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
    Column("sealed_reason", LargeBinary),
    perhaps("answered_at"),
    Index(None, "policy", "answered_at"),
    Index(None, "decision_id"),
)
