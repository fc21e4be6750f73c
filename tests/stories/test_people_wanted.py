"""Somebody is called before a review that fits nobody is late, once, and told when it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from casework.care import CareRules
from casework.orders import CaseStart
from casework.profiles import Profile
from casework.queueing import QueueRules
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.town import LEAD, REVIEWER, Town, World, a_detection, real_town, town
from workers.office import Office
from workers.people_wanted import AT_ONCE, PeopleWanted

CALLED = "review_unserved"
SOON = QueueRules(watched_before=timedelta(days=1))
OFFICE = Office(queueing=SOON, care=CareRules(limits={"harassment": 1}))


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7))


async def becomes_true(look: Callable[[], Awaitable[bool]]) -> None:
    while not await look():  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def waits(it: Town, start: CaseStart) -> None:
    async def lies_there() -> bool:
        return (await it.store.reads.case(start.case_id)).queue == "reviewers"

    await becomes_true(lies_there)


async def called(it: Town, world: World) -> list[str]:
    await PeopleWanted(it.store, it.stories, OFFICE).call()
    await it.passes(timedelta(seconds=5))
    return [alert.key for alert in world.pager.paged if alert.key.endswith(CALLED)]


async def test_a_review_that_is_kept_from_everybody_calls_somebody_once(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        await it.store.staff.add(REVIEWER, "token-of-rita")
        seen = await it.detect(a_detection("harassment", score=0.8))
        await it.claim()
        calm = await called(it, world)
        start = await it.detect(a_detection("harassment", score=0.8, item="m-2"))
        await waits(it, start)

        first = await called(it, world)
        await it.stories.acknowledge(start.case_id, CALLED, "otto")
        await it.passes(timedelta(seconds=5))
        again = await called(it, world)

        assert calm == []
        assert first == again == [f"casework/{start.case_id}/{CALLED}"]
        assert seen.case_id not in str(again)


async def test_an_office_without_anybody_is_not_called_about_each_of_its_reviews_at_once(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        for number in range(AT_ONCE + 1):
            start = await it.detect(a_detection("harassment", score=0.8, item=f"m-{number}"))
            await waits(it, start)

        first = set(await called(it, world))
        second = set(await called(it, world))

        assert (len(first), len(second)) == (AT_ONCE, AT_ONCE + 1)


async def test_the_call_is_over_once_somebody_would_be_served_it(place: Path) -> None:
    world = unsure()
    async with real_town(place, world) as it:
        await it.store.staff.add(LEAD, "token-of-lena")
        none = Profile(person=LEAD.id, opted_out=frozenset({"harassment"}))
        await it.store.profiles.put(none, by=LEAD.id)
        start = await it.detect(a_detection("harassment", score=0.8))
        await waits(it, start)
        key = f"casework/{start.case_id}/{CALLED}"
        await becomes_true(lambda: _is_called(it, world, key))

        await PeopleWanted(it.store, it.stories, OFFICE).tell()
        still = list(world.pager.resolved)
        await it.store.profiles.put(Profile(person=LEAD.id), by=LEAD.id)
        await becomes_true(lambda: _is_over(it, world, key))

        assert key not in still


async def _is_called(it: Town, world: World, key: str) -> bool:
    await PeopleWanted(it.store, it.stories, OFFICE).call()
    return key in [alert.key for alert in world.pager.paged]


async def _is_over(it: Town, world: World, key: str) -> bool:
    await PeopleWanted(it.store, it.stories, OFFICE).tell()
    return key in world.pager.resolved
