"""Recalls: what was planned, who approved it, and how far each item has come."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from storage.tables.columns import case, metadata, moment, name, number, perhaps

recalls = Table(
    "recalls",
    metadata,
    Column("recall_id", Text, primary_key=True),
    name("state"),
    name("filter"),
    Column("matches_everything", Boolean, nullable=False),
    number("pace"),
    number("sample"),
    number("items"),
    name("harms"),
    name("counts"),
    name("digest"),
    name("by"),
    moment("planned_at"),
    moment("expires_at"),
    perhaps("started_at"),
    perhaps("paused_at"),
    perhaps("finished_at"),
    Column("report", Text),
    Index(None, "planned_at"),
)

recall_approvals = Table(
    "recall_approvals",
    metadata,
    Column("recall_id", Text, ForeignKey("recalls.recall_id"), nullable=False),
    name("person"),
    name("role"),
    name("digest"),
    moment("at"),
    PrimaryKeyConstraint("recall_id", "person"),
)

recall_items = Table(
    "recall_items",
    metadata,
    Column("recall_id", Text, ForeignKey("recalls.recall_id"), nullable=False),
    number("position"),
    case(),
    number("round"),
    name("decision_id"),
    Column("borderline", Boolean, nullable=False),
    name("state"),
    number("tries"),
    name("owed"),
    name("changes"),
    Column("notice_id", Text),
    name("note"),
    number("undone"),
    number("cancelled"),
    number("kept"),
    number("strikes"),
    number("notices_withdrawn"),
    Column("requeued", Boolean, nullable=False),
    Column("while_open", Boolean, nullable=False),
    perhaps("begun_at"),
    perhaps("done_at"),
    PrimaryKeyConstraint("recall_id", "position"),
    Index(None, "recall_id", "state"),
    Index(None, "decision_id"),
)
