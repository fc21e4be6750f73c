"""How long reviews wait and are worked on, and what waits that nobody can take."""

from datetime import timedelta
from typing import Any

import pytest

from casework.profiles import Profile
from casework.records import Person
from casework.words import Role
from storage.queue_work import spread
from storage.read_models import QueueWork, Spread
from tests.storage.office import ANN, BEN, LEASE, Office

MINUTE = timedelta(minutes=1)
HATE_ONLY = Person(id="hal", role=Role.REVIEWER, harms=frozenset({"hate"}))


async def waiting(office: Office, number: int, skill: str | None = None, **about: Any) -> None:
    await office.ask(await office.opened(f"det-{number}", item=f"m-{number}", **about), skill=skill)


async def counted(office: Office) -> QueueWork:
    [only] = await office.store.reads.queue_work()
    return only


async def test_what_fits_nobody_here_is_counted_apart(office: Office) -> None:
    for person in (ANN, HATE_ONLY):
        await office.store.staff.add(person, f"token-{person.id}")
    await office.store.profiles.put(Profile(person="ann", languages=frozenset({"de"})), by="lena")
    await waiting(office, 1, context={"language": "de"})
    await waiting(office, 2, context={"language": "cy"})
    await waiting(office, 3, skill="graphic")

    before = await counted(office)
    await office.store.profiles.put(Profile(person="ann", skills=frozenset({"graphic"})), by="lena")
    after = await counted(office)

    assert (before.waiting, before.unserved, after.unserved) == (3, 2, 0)


async def test_whoever_was_revoked_serves_nothing(office: Office) -> None:
    await office.store.staff.add(ANN, "token-ann")
    await waiting(office, 1)
    await office.store.staff.revoke("ann")

    only = await counted(office)

    assert only.unserved == 1


async def test_the_wait_is_until_the_first_claim_and_the_work_until_the_decision(
    office: Office,
) -> None:
    await waiting(office, 1)
    office.clock.passes(10 * MINUTE)
    await office.claim(ANN)
    office.clock.passes(LEASE)
    claimed = await office.claim(BEN)
    office.clock.passes(3 * MINUTE)
    await office.submit(claimed, BEN)

    only = await counted(office)

    assert only.wait == Spread(count=1, median_s=600, p90_s=600)
    assert only.work == Spread(count=1, median_s=180, p90_s=180)


async def test_only_the_last_day_counts(office: Office) -> None:
    await waiting(office, 1)
    await office.claim(ANN)
    office.clock.passes(timedelta(hours=24))

    only = await counted(office)

    assert only.wait == Spread(count=0)


@pytest.mark.parametrize(
    ("number", "median", "p90"), [(1, 1, 1), (2, 1, 2), (10, 5, 9), (11, 6, 10)]
)
def test_a_spread_is_of_times_that_there_were(number: int, median: int, p90: int) -> None:
    times = [timedelta(seconds=second) for second in range(number, 0, -1)]

    found = spread(times)

    assert found == Spread(count=number, median_s=median, p90_s=p90)
