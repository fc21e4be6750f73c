"""Plain rows in a small SQLite file: no audit, no ledger, nothing encrypted."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

_Told = ParamSpec("_Told")
_Found = TypeVar("_Found")
Sql = tuple[str, tuple[Any, ...]]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cases (
    case_id TEXT PRIMARY KEY, harm TEXT, item_type TEXT, item_id TEXT, account_id TEXT,
    text TEXT, score REAL, stage TEXT, outcome TEXT, opened_at REAL, closed_at REAL
);
CREATE TABLE IF NOT EXISTS findings (
    case_id TEXT, check_name TEXT, score REAL, PRIMARY KEY (case_id, check_name)
);
CREATE TABLE IF NOT EXISTS reviews (
    case_id TEXT PRIMARY KEY, state TEXT, claimed_by TEXT, asked_at REAL
);
CREATE TABLE IF NOT EXISTS decisions (
    case_id TEXT PRIMARY KEY, verdict TEXT, by TEXT, reason TEXT, at REAL
);
CREATE TABLE IF NOT EXISTS strikes (
    case_id TEXT PRIMARY KEY, account_id TEXT, weight INTEGER, at REAL
);
CREATE INDEX IF NOT EXISTS strikes_of_account ON strikes (account_id);
CREATE TABLE IF NOT EXISTS actions (
    action_id TEXT PRIMARY KEY, case_id TEXT, kind TEXT, state TEXT, confirmed_at REAL
);
CREATE TABLE IF NOT EXISTS notices (
    case_id TEXT PRIMARY KEY, subject TEXT, body TEXT, delivered_at REAL
);
"""


class Rows:
    """One connection, on a thread of its own. `commits` counts the transactions that wrote."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._connection: sqlite3.Connection | None = None
        self.commits = 0

    async def write(self, *statements: Sql) -> Sequence[tuple[Any, ...]]:
        """All of them in one commit; what the last one returned."""
        return await self._on_the_thread(self._write, statements)

    async def read(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        return await self._on_the_thread(self._read, statement, values)

    async def close(self) -> None:
        await self._on_the_thread(self._close)
        self._thread.shutdown()

    async def _on_the_thread(
        self, work: Callable[_Told, _Found], *told: _Told.args, **named: _Told.kwargs
    ) -> _Found:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(work, *told, **named))

    def _write(self, statements: Sequence[Sql]) -> Sequence[tuple[Any, ...]]:
        found: Sequence[tuple[Any, ...]] = ()
        with self._committing() as cursor:
            for statement, values in statements:
                found = cursor.execute(statement, values).fetchall()
        self.commits += 1
        return found

    def _read(self, statement: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
        return self._opened().execute(statement, values).fetchall()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def _committing(self) -> Iterator[sqlite3.Cursor]:
        connection = self._opened()
        with closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._file, isolation_level=None)
            # As Casework opens its own, so that the two differ in what they write alone.
            for pragma in ("busy_timeout=8000", "journal_mode=WAL", "synchronous=NORMAL"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_SCHEMA)
            self._connection = connection
        return self._connection
