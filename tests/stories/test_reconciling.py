"""What the reconciler does with several things that were left behind."""

from pathlib import Path

import pytest

from casework.errors import NotFound, Unavailable
from casework.words import Outcome
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.platform.fake import FakePlatform
from integrations.scam_signs.fake import FakeScamSigns
from tests.town import World, a_detection, real_town, town
from workers.reviving import Reviver, one_by_one


async def test_one_that_cannot_be_mended_keeps_none_behind_it_waiting() -> None:
    mended: list[str] = []

    async def mend(name: str) -> None:
        if name == "lost":
            raise NotFound("no such case")
        mended.append(name)

    await one_by_one(["first", "lost", "last"], mend)

    assert mended == ["first", "last"]


async def test_nobody_is_asked_again_and_again_while_nobody_answers() -> None:
    asked: list[str] = []

    async def mend(name: str) -> None:
        asked.append(name)
        raise Unavailable("not now")

    with pytest.raises(Unavailable):
        await one_by_one(["first", "last"], mend)

    assert asked == ["first"]


async def test_a_case_that_is_terminated_while_its_action_waits_goes_on_and_acts_once(
    place: Path,
) -> None:
    platform = FakePlatform(fails_first=[Unavailable("down")] * 7)
    world = World(scam_signs=FakeScamSigns(score=0.95), platform=platform)
    async with real_town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.waits_for_the_platform(start)

        await it.story(start).terminate("by hand")
        await Reviver(it.store, it.stories).revive(it.story(start).id)
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert list(platform.effects.values()) == [1]


async def test_a_story_that_ends_again_and_again_is_not_started_again_at_once(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.claim()
        reviver = Reviver(it.store, it.stories)
        await it.story(start).terminate("by hand")
        await reviver.revive(it.story(start).id)
        first = await it.stories.is_running(it.story(start).id)

        await it.story(start).terminate("and again")
        await reviver.revive(it.story(start).id)

        assert first
        assert not await it.stories.is_running(it.story(start).id)
