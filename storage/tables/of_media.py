"""Our own snapshots of pictures, and what tells that two items are nearly the same."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from storage.tables.columns import case, metadata, moment, name, number, perhaps

snapshots = Table(
    "snapshots",
    metadata,
    Column("snapshot_id", Text, primary_key=True),
    case(),
    Column("detection_id", Text),
    number("place"),
    name("state"),
    Column("failure", Text),
    Column("kind", Text),
    Column("sha256", Text),
    Column("bytes", Integer),
    Column("width", Integer),
    Column("height", Integer),
    Column("object", Text),
    moment("asked_at"),
    perhaps("taken_at"),
    Index(None, "case_id", "place"),
)

likenesses = Table(
    "likenesses",
    metadata,
    case(),
    name("kind"),
    name("value"),
    Column("quality", Integer),
    moment("at"),
    PrimaryKeyConstraint("case_id", "kind", "value"),
)

likeness_bands = Table(
    "likeness_bands",
    metadata,
    name("kind"),
    number("band"),
    name("bits"),
    name("case_id"),
    name("value"),
    PrimaryKeyConstraint("kind", "band", "bits", "case_id", "value"),
    Index(None, "case_id"),
)
