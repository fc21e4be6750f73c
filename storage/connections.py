"""How SQLite and PostgreSQL are reached, and what their faults mean."""

import os
import socket
import sqlite3
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.sqlite_link import Link

_POSTGRESQL_POOL = 10
_SQLITE_READERS = 4
_ALONE = "casework_alone"
"""The option of a connection whose statements are not to begin a transaction."""


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds."""

    answer: float = 10.0
    """Our own limit for a statement, a commit or a connection, whatever the driver does."""
    statement: float = 8.0
    """PostgreSQL's limit for a statement."""
    lock: float = 5.0
    """For a lock that somebody else holds."""
    retries: float = 6.0
    """No work is begun again after this long."""
    stop: float = 2.0
    """For an abandoned statement to end by itself, before its link is cut."""


_CONTENDED = frozenset({"40001", "40P01", "55P03", "23505"})
"""serialization failure, deadlock, lock not available, unique violation (PostgreSQL, appendix A)"""
_LOST = ("08", "57P")
"""connection exceptions, and the server being shut down or restarted"""


class Faults(Enum):
    """What an error of the driver means to us."""

    CONTENDED = "contended"
    LOST = "lost"
    OUT_OF_ORDER = "out_of_order"
    OURS = "ours"

    @classmethod
    def of(cls, error: BaseException) -> "Faults":
        if not isinstance(error, DBAPIError):
            return cls.OURS
        state = getattr(error.orig, "sqlstate", None) or ""
        busy = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if state in _CONTENDED or busy in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return cls.CONTENDED
        if error.connection_invalidated or state.startswith(_LOST):
            return cls.LOST
        if isinstance(error, OperationalError | InterfaceError):
            return cls.OUT_OF_ORDER
        return cls.CONTENDED if _is_taken_name(error) else cls.OURS


def _is_taken_name(error: DBAPIError) -> bool:
    taken = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(error, IntegrityError) and code in taken


def engines(url: str, patience: Patience = Patience()) -> tuple[AsyncEngine, AsyncEngine]:
    """One engine for writing and one for reading; the same one on PostgreSQL."""
    parsed = with_driver(url)
    if parsed.get_backend_name() == "sqlite":
        return (
            _sqlite(parsed, 1, "BEGIN IMMEDIATE", patience),
            _sqlite(parsed, _SQLITE_READERS, "BEGIN", patience),
        )
    engine = create_async_engine(
        parsed,
        pool_size=_POSTGRESQL_POOL,
        max_overflow=0,
        pool_timeout=patience.answer,
        connect_args={
            "options": _options(patience),
            "connect_timeout": max(2, int(patience.lock)),
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    return engine, engine


def _options(patience: Patience) -> str:
    limits = {
        "statement_timeout": patience.statement,
        "lock_timeout": patience.lock,
        "idle_in_transaction_session_timeout": 3 * patience.answer,
    }
    said = (f"-c {name}={int(seconds * 1_000)}" for name, seconds in limits.items())
    return " ".join(("-c timezone=UTC", *said))


def with_driver(url: str) -> URL:
    """The URL with the driver we use.

    Raises:
        ValueError: for anything but a SQLite file or PostgreSQL.
    """
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    backend = parsed.get_backend_name()
    if backend not in drivers:
        raise ValueError(f"no database of this kind: {backend} (sqlite or postgresql)")
    return parsed.set(drivername=drivers[backend])


def _sqlite(url: URL, connections: int, begin: str, patience: Patience) -> AsyncEngine:
    """A single writing connection: who waits for it waits here and not for a file lock."""
    where, how = url.get_dialect()().create_connect_args(url)

    async def connected() -> Link:
        link = Link(partial(sqlite3.connect, *where, **how))
        await link
        return link

    engine = create_async_engine(
        url,
        async_creator=connected,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=patience.answer,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # or the driver begins transactions by its own rules
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(patience.lock * 1_000)}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        if not connection.get_execution_options().get(_ALONE):
            connection.connection.driver_connection.begin(begin)

    return engine


def alone(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, for statements that stand alone: each is its own transaction."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_ALONE: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def cut(connection: AsyncConnection) -> None:
    """End the link to PostgreSQL from our side, so that whoever waits for it wakes up."""
    held = connection.sync_connection
    if held is None or held.dialect.name != "postgresql" or held.closed or held.invalidated:
        return
    raw: Any = held.connection.driver_connection
    if raw is None or raw.closed:
        return
    with socket.socket(fileno=os.dup(raw.fileno())) as link:
        link.shutdown(socket.SHUT_RDWR)
