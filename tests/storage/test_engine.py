"""The database fails in all the ways databases fail, and nobody hangs or loses anything."""

import asyncio
import hashlib
import threading
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import select, text, update

from casework.errors import Unavailable
from storage.connections import Patience
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.store import Store
from storage.tables import policies
from tests.databases import Clock, Databases
from tests.storage.bad_link import BadLink
from tests.storage.office import Office

HASTY = Patience(answer=0.5, statement=0.4, lock=0.2, retries=0.3, stop=0.2)


async def put(tx: Transaction, harm: str) -> None:
    await tx.add(policies, harm=harm, version=1, text="", put_at=tx.now)


async def harms(database: Database) -> set[str]:
    rows = await database.read(lambda tx: tx.rows(select(policies.c.harm)))
    return {row.harm for row in rows}


@pytest.fixture
def postgresql(databases: Databases) -> str:
    return databases.fresh("postgresql")


async def test_what_raises_leaves_nothing_behind(office: Office) -> None:
    database = office.store.database

    async def work(tx: Transaction) -> None:
        await put(tx, "hate")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)

    assert await harms(database) == set()
    assert database.commits == 0


async def test_only_transactions_that_wrote_something_are_counted(office: Office) -> None:
    database = office.store.database

    await database.write(lambda tx: put(tx, "hate"))
    await database.read(lambda tx: tx.rows(select(policies)))
    await database.write(lambda tx: tx.rows(select(policies)))

    assert database.commits == 1


async def test_writers_in_two_processes_wait_for_each_other(
    office: Office, database_url: str
) -> None:
    one, other = office.store.database, Database.open(database_url)

    await asyncio.gather(
        *(one.write(lambda tx, n=n: put(tx, f"one_{n}")) for n in range(10)),  # type: ignore[misc]
        *(other.write(lambda tx, n=n: put(tx, f"other_{n}")) for n in range(10)),  # type: ignore[misc]
    )

    await other.close()
    assert len(await harms(one)) == 20


async def test_a_lock_that_is_never_given_back_makes_us_unavailable_in_time(
    office: Office, database_url: str
) -> None:
    await office.store.database.write(lambda tx: put(tx, "hate"))
    hasty = Database.open(database_url, patience=HASTY)
    begun = monotonic()

    async with office.store.database.transaction() as holder:
        await holder.execute(update(policies).values(text="mine"))
        with pytest.raises(Unavailable):
            await hasty.write(lambda tx: tx.execute(update(policies).values(text="theirs")))

    await hasty.close()
    assert monotonic() - begun < 5


async def test_work_that_is_cancelled_leaves_the_database_usable(office: Office) -> None:
    database = office.store.database
    begun = asyncio.Event()

    async def endless(tx: Transaction) -> None:
        await put(tx, "hate")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(database.write(endless))
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})

    await database.write(lambda tx: put(tx, "spam"))
    assert await harms(database) == {"spam"}


async def test_moments_come_back_as_they_went_in_whatever_their_zone(office: Office) -> None:
    case = await office.opened()

    view = await office.store.reads.case(case)

    assert view.opened_at == office.clock.now
    assert view.opened_at.utcoffset() == timedelta()


# -- PostgreSQL alone ------------------------------------------------------------------------------


async def test_two_that_wait_for_each_other_both_get_through(postgresql: str) -> None:
    database = Database.open(postgresql)
    for harm in ("hate", "spam"):
        await database.write(lambda tx, harm=harm: put(tx, harm))  # type: ignore[misc]
    both_hold_one = asyncio.Barrier(2)
    met: set[str] = set()

    async def lock(tx: Transaction, first: str, second: str) -> None:
        await tx.execute(update(policies).where(policies.c.harm == first).values(text=first))
        if first not in met:
            met.add(first)
            await both_hold_one.wait()
        await tx.execute(update(policies).where(policies.c.harm == second).values(text=first))

    await asyncio.gather(
        database.write(lambda tx: lock(tx, "hate", "spam")),
        database.write(lambda tx: lock(tx, "spam", "hate")),
    )

    assert database.commits == 4
    await database.close()


async def test_links_lost_between_two_statements_are_made_again(postgresql: str) -> None:
    database, other = Database.open(postgresql), Database.open(postgresql)
    await database.write(lambda tx: put(tx, "hate"))

    async with other.transaction() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await database.write(lambda tx: put(tx, "spam"))

    assert await harms(database) == {"hate", "spam"}
    await database.close()
    await other.close()


async def test_a_link_that_swallows_everything_does_not_hang_us(postgresql: str) -> None:
    async with BadLink(postgresql).up() as link:
        database = Database.open(link.url, patience=HASTY)
        await database.write(lambda tx: put(tx, "hate"))
        link.swallow_everything()
        begun = monotonic()

        with pytest.raises(Unavailable):
            await database.write(lambda tx: put(tx, "spam"))

        assert monotonic() - begun < 5
        link.work_again()
        await database.write(lambda tx: put(tx, "spam"))
        assert await harms(database) == {"hate", "spam"}
        await database.close()


async def test_when_the_answer_to_a_commit_is_lost_doing_it_again_does_it_once(
    postgresql: str, keyring: Keyring, clock: Clock
) -> None:
    async with BadLink(postgresql).up() as link:
        store = Store.open(link.url, keyring, clock)
        office = Office(store, clock)
        detection = office.detection()
        digest = hashlib.sha256(b"body").digest()
        await store.reads.counts()
        link.lose_the_answer_to_the_next_commit()

        with pytest.raises(Unavailable):
            await store.intake.accept(detection, digest, "scanner")
        accepted = await store.intake.accept(detection, digest, "scanner")

        assert (await store.reads.counts()).detections == 1
        assert await office.events(accepted.case_id) == ["detection_received"]
        await store.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/x.db"])
async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    database = Database.open(url, patience=HASTY)

    with pytest.raises(Unavailable):
        await database.write(lambda tx: put(tx, "hate"))

    await database.close()
    await _threads_have_ended()


async def _threads_have_ended() -> None:
    """The driver's threads answer to the loop of this test, also when they could not connect."""
    drivers = [each for each in threading.enumerate() if "_connection_worker" in each.name]
    for driver in drivers:
        await asyncio.to_thread(driver.join, 1)
