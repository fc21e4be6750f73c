"""How SQLite and PostgreSQL are reached, and what their faults mean."""

import os
import socket
import sqlite3
from enum import Enum
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_SQLITE_WAITS_MS = 8_000
_POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=8000 -c lock_timeout=5000"
    " -c idle_in_transaction_session_timeout=30000"
)
_POSTGRESQL_POOL = 10
_SQLITE_READERS = 4
_WAIT_FOR_A_CONNECTION = 9.0

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


def engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One engine for writing and one for reading; the same one on PostgreSQL."""
    parsed = with_driver(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, 1, "BEGIN IMMEDIATE"), _sqlite(parsed, _SQLITE_READERS, "BEGIN")
    engine = create_async_engine(
        parsed,
        pool_size=_POSTGRESQL_POOL,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_A_CONNECTION,
        connect_args={
            "options": _POSTGRESQL_OPTIONS,
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    return engine, engine


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


def _sqlite(url: URL, connections: int, begin: str) -> AsyncEngine:
    """A single writing connection: who waits for it waits here and not for a file lock."""
    engine = create_async_engine(
        url, pool_size=connections, max_overflow=0, pool_timeout=_WAIT_FOR_A_CONNECTION
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # or the driver begins transactions by its own rules
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={_SQLITE_WAITS_MS}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def cut(connection: AsyncConnection) -> None:
    """End the link to PostgreSQL from our side, so that whoever waits for it wakes up."""
    if connection.dialect.name != "postgresql" or connection.closed or connection.invalidated:
        return
    raw = connection.sync_connection.connection.driver_connection  # type: ignore[union-attr]
    if raw is None or raw.closed:
        return
    with socket.socket(fileno=os.dup(raw.fileno())) as link:
        link.shutdown(socket.SHUT_RDWR)
