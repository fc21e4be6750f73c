"""The standing of an account: what rested on a decision goes with it, and is told."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from casework.orders import CaseStart
from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, NoticeKind, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from storage.appeal_links import AppealTokens
from tests.town import COLLEAGUE, REVIEWER, Town, World, a_detection, town

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)


async def enforced_by_a_person(it: Town) -> CaseStart:
    start = await it.detect(a_detection("harassment", score=0.8))
    claimed = await it.claim()
    await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
    await it.ended(start)
    return start


async def timeout_of(it: Town, start: CaseStart) -> str:
    for action in await it.actions_of(start.case_id):
        if (await it.store.actions.action(action)).kind is ActionKind.TIMEOUT_ACCOUNT:
            return action
    raise AssertionError("the case timed nobody out")


async def overturned(it: Town, body: str, by: Person = COLLEAGUE) -> None:
    found = re.search(r"/appeals/(\S+)", body)
    assert found is not None
    notice = AppealTokens(it.store.keyring.tokens, "http://casework.test").notice_of(found[1])
    filed = await it.store.appeals.file(notice, "I was quoting somebody", "web")
    await it.stories.appeal(filed.start)
    claimed = await it.claim(by, queue="appeals")
    await it.decide(claimed, by, Verdict.OVERTURNED)
    await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()


async def test_a_timeout_that_rested_on_an_overturned_decision_is_lifted_and_told(
    place: Path,
) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        await enforced_by_a_person(it)
        before = sorted(world.platform.standing)

        await overturned(it, world.mail.sent[0].body)

        assert before == ["remove_item", "remove_item", "timeout_account"]
        assert world.platform.standing == ["remove_item"]
        assert [notice.kind for notice in world.mail.sent] == [
            NoticeKind.STATEMENT,
            NoticeKind.STATEMENT,
            NoticeKind.CHANGE,
            NoticeKind.CORRECTION,
        ]


async def test_the_ladder_stays_when_a_later_decision_is_overturned(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        await enforced_by_a_person(it)
        await enforced_by_a_person(it)

        await overturned(it, world.mail.sent[2].body)

        assert "timeout_account" in world.platform.standing
        assert NoticeKind.CHANGE not in [notice.kind for notice in world.mail.sent]


async def test_a_timeout_falls_to_what_the_reviewer_asked_for_and_ends_then(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        short = Measure(kind=ActionKind.TIMEOUT_ACCOUNT, lasts=timedelta(hours=2))
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [short])
        await it.ended(start)
        timeout = await timeout_of(it, start)
        before = (await it.store.actions.action(timeout)).lasts

        await overturned(it, world.mail.sent[0].body)
        shortened = (await it.store.actions.action(timeout)).lasts
        passing = asyncio.create_task(it.env.sleep(timedelta(hours=3)))
        async with asyncio.timeout(20):
            while await it.stories.is_running(f"action/{timeout}"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        passing.cancel()

        assert (before, shortened) == (timedelta(days=1), timedelta(hours=2))
        assert (await it.store.actions.action(timeout)).state is ActionState.LAPSED
        assert NoticeKind.CHANGE in [notice.kind for notice in world.mail.sent]
