"""How staff sign in, and who is signed in."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint

from storage.tables.columns import metadata, moment, name

logins = Table(
    "logins",
    metadata,
    Column("person", Text, primary_key=True),
    Column("username", Text, unique=True),
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("subject", Text),
    moment("changed_at"),
    UniqueConstraint("issuer", "subject", name="uq_logins_issuer_subject"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    name("person"),
    name("way"),
    moment("began_at"),
    moment("ends_at"),
    moment("seen_at"),
    Index(None, "person"),
    Index(None, "ends_at"),
)
