"""Cases, what was detected and found, and the steps that were taken."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from storage.tables.columns import case, metadata, moment, name, number, perhaps

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    name("harm"),
    name("item_type"),
    name("item_id"),
    name("account_id"),
    Column("jurisdiction", Text),
    Column("severity", Text),
    name("stage"),
    Column("outcome", Text),
    number("round"),
    Column("policy_version", Integer),
    name("blocked_on"),
    Column("queue", Text),
    perhaps("deadline"),
    number("detections"),
    moment("opened_at"),
    moment("round_opened_at"),
    perhaps("started_at"),
    perhaps("closed_at"),
    Column("merged_into", Text),
    Index(None, "opened_at", "case_id"),
    Index(None, "account_id"),
    Index("ix_cases_open", "stage", sqlite_where=text("closed_at IS NULL"),
          postgresql_where=text("closed_at IS NULL")),
)  # fmt: skip

detections = Table(
    "detections",
    metadata,
    Column("detection_id", Text, primary_key=True),
    case(),
    Column("digest", LargeBinary, nullable=False),
    name("by"),
    name("detector"),
    name("detector_version"),
    Column("score", Float),
    name("channel"),
    Column("reporter", Text),
    moment("observed_at"),
    moment("received_at"),
    perhaps("acknowledged_at"),
    Column("round", Integer),
    Column("has_text", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "case_id", "received_at"),
    Index("ix_detections_unacknowledged", "received_at",
          sqlite_where=text("acknowledged_at IS NULL"),
          postgresql_where=text("acknowledged_at IS NULL")),
    Index(None, "detector"),
)  # fmt: skip

case_keys = Table(
    "case_keys",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    name("master"),
    Column("wrapped", LargeBinary),
    moment("made_at"),
    perhaps("erased_at"),
)

steps = Table(
    "steps",
    metadata,
    name("case_id"),
    name("step"),
    moment("at"),
    name("result"),
    PrimaryKeyConstraint("case_id", "step"),
)

findings = Table(
    "findings",
    metadata,
    case(),
    number("round"),
    name("check_name"),
    Column("score", Float),
    name("labels"),
    name("model"),
    Column("failure", Text),
    moment("at"),
    PrimaryKeyConstraint("case_id", "round", "check_name"),
)
