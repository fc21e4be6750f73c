"""Our own snapshots of pictures and videos, and what tells that two items are nearly the same."""

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from storage.tables.columns import case, metadata, moment, name, number, perhaps

snapshots = Table(
    "snapshots",
    metadata,
    Column("snapshot_id", Text, primary_key=True),
    case(),
    number("place"),
    name("state"),
    Column("failure", Text),
    number("attempts"),
    Column("sealed", LargeBinary, nullable=False),
    Column("kind", Text),
    Column("bytes", Integer),
    Column("width", Integer),
    Column("height", Integer),
    Column("stills", Integer),
    Column("stills_missed", Integer),
    Column("seconds", Integer),
    moment("asked_at"),
    perhaps("due_at"),
    perhaps("taken_at"),
    Index(None, "case_id", "place"),
    Index(None, "due_at"),
)

likeness_bands = Table(
    "likeness_bands",
    metadata,
    name("kind"),
    name("band"),
    name("case_id"),
    name("value"),
    PrimaryKeyConstraint("kind", "band", "case_id", "value"),
    Index(None, "case_id"),
)
