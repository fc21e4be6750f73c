"""A SQLite connection that goes to its thread once for a statement, not once for each of its parts.

To begin, to make a cursor, to execute, to fetch and to close are five errands to another thread,
and an errand costs several times what the statement itself does.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import aiosqlite

T = TypeVar("T")
_UNUSED = 64
"""How many rows aiosqlite's own cursors would fetch at once."""


class Link(aiosqlite.Connection):
    """What SQLAlchemy's aiosqlite dialect takes for a connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _UNUSED)
        self._thread.daemon = True
        self._opening: str | None = None
        self._unanswered = False

    def begin(self, statement: str) -> None:
        """Begin with the next statement, on the same errand; without one there is nothing to do."""
        self._opening = statement

    def cursor(self) -> "LinkCursor":  # type: ignore[override]
        return LinkCursor(self)

    async def commit(self) -> None:
        if self._may_have_begun():
            await self.errand(lambda raw: raw.commit())

    async def rollback(self) -> None:
        if self._may_have_begun():
            await self.errand(lambda raw: raw.rollback())

    async def work(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Run this in the thread, after the transaction was begun if it has to be."""
        opening, self._opening = self._opening, None

        def begun(raw: sqlite3.Connection) -> T:
            if opening is not None:
                raw.execute(opening)
            return act(raw)

        return await self.errand(begun)

    async def errand(self, act: Callable[[sqlite3.Connection], T]) -> T:
        self._unanswered = True  # and so it stays when nobody waits for the answer any more
        try:
            answer: T = await self._execute(act, self._conn)  # type: ignore[no-untyped-call]
        except Exception:
            self._unanswered = False
            raise
        self._unanswered = False
        return answer

    def _may_have_begun(self) -> bool:
        """An abandoned errand may yet begin a transaction; whatever comes next waits behind it."""
        self._opening = None
        return self._unanswered or self.in_transaction


class LinkCursor:
    """Has fetched everything by the time it has executed."""

    arraysize = 1

    def __init__(self, link: Link) -> None:
        self._link = link
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        return await self._link.work(lambda raw: self._take(raw.execute(statement, parameters)))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        return await self._link.work(lambda raw: self._take(raw.executemany(statement, parameters)))

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """It was closed when its rows were fetched."""

    def _take(self, cursor: sqlite3.Cursor) -> Self:
        self.description = cursor.description
        if cursor.description:
            self._rows = cursor.fetchall()
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()
        return self
