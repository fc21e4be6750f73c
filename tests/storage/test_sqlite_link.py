"""A connection that begins late and answers everything at once leaves nothing open behind it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from threading import Event

import pytest
import pytest_asyncio

from storage.sqlite_link import Link

BEGIN = "BEGIN IMMEDIATE"


@pytest_asyncio.fixture
async def link(tmp_path: Path) -> AsyncIterator[Link]:
    connect = partial(
        sqlite3.connect, tmp_path / "link.db", isolation_level=None, check_same_thread=False
    )
    made = Link(connect)
    await made
    await made.cursor().execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    yield made
    await made.close()


async def test_a_transaction_begins_with_its_first_statement(link: Link) -> None:
    link.begin(BEGIN)
    before = link.in_transaction

    await link.cursor().execute("INSERT INTO numbers VALUES (1)")

    assert (before, link.in_transaction) == (False, True)


async def test_what_is_rolled_back_before_it_began_does_not_begin_later(link: Link) -> None:
    link.begin(BEGIN)

    await link.rollback()
    await link.cursor().execute("INSERT INTO numbers VALUES (1)")

    assert not link.in_transaction


async def test_a_statement_that_fails_leaves_its_transaction_to_be_rolled_back(link: Link) -> None:
    link.begin(BEGIN)
    with pytest.raises(sqlite3.OperationalError):
        await link.cursor().execute("INSERT INTO nothing VALUES (1)")

    await link.rollback()

    assert not link.in_transaction


async def test_a_begin_that_nobody_waits_for_any_more_is_rolled_back_too(link: Link) -> None:
    held, go_on = Event(), Event()

    def hold(_: sqlite3.Connection) -> None:
        held.set()
        go_on.wait()

    holding = asyncio.create_task(link.errand(hold))
    await asyncio.to_thread(held.wait)
    holding.cancel()
    link.begin(BEGIN)
    abandoned = asyncio.create_task(link.cursor().execute("INSERT INTO numbers VALUES (1)"))
    await asyncio.wait({holding})
    abandoned.cancel()
    await asyncio.wait({abandoned})

    rolled_back = asyncio.create_task(link.rollback())
    await asyncio.wait({rolled_back}, timeout=0)
    go_on.set()
    await rolled_back
    await link.errand(lambda _: None)  # behind everything that was asked before

    assert not link.in_transaction


async def test_rows_changed_and_rows_returned_are_known_at_once(link: Link) -> None:
    cursor = link.cursor()

    await cursor.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,)])
    changed = cursor.rowcount
    await cursor.execute("UPDATE numbers SET n = n + 10 RETURNING n")

    assert (changed, cursor.rowcount) == (2, 2)
    assert list(await cursor.fetchall()) == [(11,), (12,)]
