"""The database: one commit per piece of work, a deadline on every wait, errors of our own."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Self, TypeVar, cast

from sqlalchemy import CursorResult, Executable, Row, Table, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework.errors import Malformed, Unavailable
from storage.audit_line import AuditLine
from storage.connections import Faults, Patience, alone, cut, engines

T = TypeVar("T")
Begin = Callable[[], AbstractAsyncContextManager["Transaction"]]
Clock = Callable[[], datetime]

_TRIES = 6
_FIRST_PAUSE = 0.02
_SECOND_LOOK = 0.1
"""When this process itself was stopped, the answer may be there and only not be seen yet."""
PATIENCE = Patience()


def utc_now() -> datetime:
    return datetime.now(UTC)


class Interrupted(Unavailable):
    """Nothing was written, and the same work may go through when done again at once."""


class Transaction:
    """A connection in use. Audit lines gathered here are written last, just before the commit."""

    def __init__(self, connection: AsyncConnection, now: datetime, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        self.now = now
        """One moment for everything written together."""
        self.wrote = False
        """Whether there is anything to commit."""
        self.audit_lines: list[AuditLine] = []
        self.last_act: Callable[[], Awaitable[None]] | None = None

    @property
    def is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    async def execute(
        self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one statement.

        Raises:
            Interrupted: on a deadlock, a lock not granted, a lost link, a name taken meanwhile.
            Unavailable: when no answer comes in time.
        """
        result = await self.within(self._connection.execute(statement, rows))
        if isinstance(statement, UpdateBase) and result.rowcount != 0:
            self.wrote = True
        return result

    async def row(self, statement: Executable) -> Row[Any] | None:
        return (await self.execute(statement)).first()

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        return (await self.execute(statement)).all()

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row, None without one."""
        return (await self.execute(statement)).scalar()

    async def add(self, table: Table, **values: Any) -> None:
        await self.execute(table.insert(), [values])  # cheaper than a statement with the values

    def insert(self, table: Table) -> postgresql.Insert:
        """An insert that may say what happens when a unique name is taken."""
        if self.is_postgresql:
            return postgresql.insert(table)
        return cast(postgresql.Insert, sqlite.insert(table))  # the same words in both

    async def add_if_absent(self, table: Table, **values: Any) -> bool:
        """Insert, unless a unique name is taken already; whether it was inserted."""
        unless_taken = self.insert(table).on_conflict_do_nothing()
        counted = unless_taken.execution_options(preserve_rowcount=True)
        result = await self.execute(counted, [values])
        return result.rowcount == 1

    async def add_computed(self, table: Table, **values: Any) -> bool:
        """As `add_if_absent`; values may be expressions that the database computes."""
        unless_taken = self.insert(table).values(**values).on_conflict_do_nothing()
        counted = unless_taken.execution_options(preserve_rowcount=True)
        return (await self.execute(counted)).rowcount == 1

    async def within(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the driver, but never longer than our own deadline.

        A driver told to stop may still wait for a link that swallows everything, so it gets a
        moment to stop and then loses the link.
        """
        task = asyncio.create_task(work)
        task.add_done_callback(_look_at)
        try:
            await asyncio.wait({task}, timeout=self._patience.answer)
            if not task.done():
                await asyncio.wait({task}, timeout=_SECOND_LOOK)
        except asyncio.CancelledError:
            await self._abandon(task)
            raise
        if not task.done():
            await self._abandon(task)
            raise Unavailable("the database did not answer in time")
        with _our_errors():
            return task.result()

    async def _abandon(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=self._patience.stop)
        if not task.done():
            cut(self._connection)
            await asyncio.wait({task}, timeout=self._patience.stop)


class Database:
    """Where everything is written down. `commits` counts the transactions that wrote something."""

    def __init__(
        self, engines: tuple[AsyncEngine, AsyncEngine], clock: Clock, patience: Patience
    ) -> None:
        self._writer, self._reader = engines
        self._looker = alone(self._reader)
        self._clock = clock
        self._patience = patience
        self.commits = 0

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now, patience: Patience = PATIENCE) -> Self:
        """`sqlite:///<file>` or `postgresql://...`; connects when first used."""
        return cls(engines(url, patience), clock, patience)

    @property
    def is_postgresql(self) -> bool:
        return self._writer.dialect.name == "postgresql"

    def now(self) -> datetime:
        return self._clock().astimezone(UTC)

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One commit, or nothing when the block raises. Not repeated; `write` does that."""
        async with self._using(self._writer) as tx:
            yield tx
            if tx.last_act is not None:
                await tx.last_act()
            await _commit(tx)
        self.commits += tx.wrote

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """For looking only; on SQLite beside the writer, never behind it."""
        async with self._using(self._reader) as tx:
            yield tx

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do `work` in one commit, again when it was interrupted before anything was written.

        Raises:
            Unavailable: after a few interruptions, or when the answer to the commit was lost:
                then it may have been written, and the caller's own repetition has to be safe.
        """
        return await self._persistently(work, self.transaction)

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self._persistently(work, self.reading)

    async def look(self, statement: Executable) -> Row[Any] | None:
        """The first row that one statement finds. Alone it needs no transaction around it."""
        return await self._persistently(
            lambda tx: tx.within(_looked(tx._connection, statement)), self._looking
        )

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[Transaction]:
        connection = self._looker.connect()
        tx = Transaction(connection, self.now(), self._patience)
        try:
            yield tx
        finally:
            await _let_go(tx, connection)

    @asynccontextmanager
    async def _using(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        connection = engine.connect()
        tx = Transaction(connection, self.now(), self._patience)
        try:
            await tx.within(_begun(connection))
            yield tx
        finally:
            await _let_go(tx, connection)

    async def _persistently(self, work: Callable[[Transaction], Awaitable[T]], begin: Begin) -> T:
        gives_up_at = monotonic() + self._patience.retries
        for attempt in range(_TRIES):
            try:
                async with begin() as tx:
                    return await work(tx)
            except Interrupted:
                if monotonic() > gives_up_at:
                    raise
            await asyncio.sleep(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))
        async with begin() as tx:
            return await work(tx)


async def _looked(connection: AsyncConnection, statement: Executable) -> Row[Any] | None:
    await connection.start()
    found = (await connection.execute(statement)).first()
    await connection.close()
    return found


async def _begun(connection: AsyncConnection) -> None:
    await connection.start()
    await connection.begin().start()


async def _committed(connection: AsyncConnection) -> None:
    await connection.commit()
    with suppress(DBAPIError):  # it is written; who lets go of the connection tries again
        await connection.close()


async def _commit(tx: Transaction) -> None:
    try:
        await tx.within(_committed(tx._connection))
    except Interrupted as error:
        if not error.__cause__ or Faults.of(error.__cause__) is not Faults.CONTENDED:
            raise Unavailable("the answer to the commit was lost") from error
        raise


async def _let_go(tx: Transaction, connection: AsyncConnection) -> None:
    """Give the connection back; one that cannot be rolled back in time is thrown away."""
    if connection.sync_connection is None or connection.closed:
        return
    try:
        await tx.within(connection.close())
    except Unavailable:
        cut(connection)


def _look_at(task: asyncio.Task[Any]) -> None:
    """So that the end of an abandoned statement is not reported as overlooked."""
    if not task.cancelled():
        task.exception()


class _our_errors:  # noqa: N801  (reads as a word in a with statement)
    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, PoolExhausted):
            raise Unavailable("too much waits for the database") from error
        if isinstance(error, DataError | UnicodeEncodeError):
            raise Malformed("this text cannot be stored") from None
        if not isinstance(error, DBAPIError):
            return
        match Faults.of(error):
            case Faults.CONTENDED | Faults.LOST:
                raise Interrupted("the database was interrupted") from error
            case Faults.OUT_OF_ORDER:
                raise Unavailable("the database is not answering") from error
            case Faults.OURS:
                return
