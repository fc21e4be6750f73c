"""When the outside does not do what it should."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.errors import TurnedDown, Unavailable
from casework.words import ActionKind, Outcome, Stage
from integrations.mail.fake import FakeMail
from integrations.platform.fake import FakePlatform, Slip
from integrations.scam_signs.fake import FakeScamSigns
from tests.town import World, a_detection, real_town, town, with_short_suspensions

DOWN = [Unavailable("down")]
UNTIL_18_MINUTES = DOWN * 13
"""As many attempts as fail until then: two at once, then after 0, 1, 3, 7 ... 511, 811 seconds."""


def a_scam(**others: object) -> World:
    return World(scam_signs=FakeScamSigns(score=0.95), **others)  # type: ignore[arg-type]


async def test_decided_is_not_enforced_a_platform_that_is_down_is_waited_for_and_paged(
    place: Path,
) -> None:
    world = a_scam(platform=FakePlatform(fails_first=UNTIL_18_MINUTES))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        await it.passes(timedelta(minutes=1))
        waiting = await it.store.reads.case(start.case_id)
        told_early = list(world.mail.sent)
        await it.passes(timedelta(minutes=15))
        paged = [alert.key.rsplit("/")[-1] for alert in world.pager.paged]
        case = await it.ended_in_time(start)
        await it.call_is_over(start, "blocked_platform")

        assert waiting.stage is Stage.ENFORCING
        assert waiting.blocked_on == "platform"
        assert told_early == []
        assert paged == ["blocked_platform"]
        assert world.pager.open == {}
        assert case.outcome is Outcome.ENFORCED
        assert len(world.platform.standing) == 1


@pytest.mark.parametrize("slip", [Slip.LOSE_ANSWER, Slip.LOSE_ANSWER_AND_KEY])
async def test_an_action_whose_answer_was_lost_is_read_back_and_not_repeated(
    place: Path, slip: Slip
) -> None:
    world = a_scam(platform=FakePlatform(slips=[slip] * 3))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        await it.passes(timedelta(minutes=5))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert sum(world.platform.effects.values()) == 1


async def test_a_platform_that_says_yes_and_does_nothing_is_caught(place: Path) -> None:
    world = a_scam(platform=FakePlatform(slips=[Slip.DO_NOTHING] * 3))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        await it.passes(timedelta(minutes=5))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert len(world.platform.standing) == 1


async def test_a_refusal_needs_a_human_is_paged_and_tried_again_when_told_to(place: Path) -> None:
    world = a_scam(platform=FakePlatform(fails_first=[TurnedDown("no")] * 2))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.passes(timedelta(minutes=1))
        stuck = await it.store.reads.case(start.case_id)

        [action_id] = await it.actions_of(start.case_id)
        await it.client.get_workflow_handle(f"action/{action_id}").signal("retry")
        case = await it.ended(start)

        assert stuck.blocked_on == "platform:needs_human"
        assert [alert.key.rsplit("/")[-1] for alert in world.pager.paged] == ["needs_human"]
        assert case.outcome is Outcome.ENFORCED


async def test_a_notifier_that_is_down_for_hours_does_not_block_enforcement(place: Path) -> None:
    world = a_scam(mail=FakeMail(fails_first=UNTIL_18_MINUTES))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        await it.passes(timedelta(minutes=1))
        enforced = world.platform.standing
        waiting = await it.store.reads.case(start.case_id)
        await it.passes(timedelta(minutes=15))
        paged = list(world.pager.paged)
        case = await it.ended_in_time(start)

        assert len(enforced) == 1
        assert waiting.stage is not Stage.CLOSED
        assert [alert.key.rsplit("/")[-1] for alert in paged] == ["blocked_notices"]
        assert case.outcome is Outcome.ENFORCED
        assert len(world.mail.sent) == 1


async def test_a_false_word_that_an_action_is_settled_does_not_close_the_case(
    place: Path,
) -> None:
    from casework.orders import ActionSettled

    world = a_scam(platform=FakePlatform(fails_first=DOWN * 12))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.passes(timedelta(seconds=30))
        [action_id] = await it.actions_of(start.case_id)

        await it.story(start).signal("action_settled", ActionSettled(action_id=action_id))
        await it.passes(timedelta(seconds=30))
        case = await it.store.reads.case(start.case_id)

        assert case.stage is not Stage.CLOSED
        assert world.mail.sent == []


async def test_a_suspension_lapses_by_itself(place: Path) -> None:
    world = a_scam()
    async with real_town(place, world, policies=with_short_suspensions(place)) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.ended(start)
        suspended = set(world.platform.standing)

        for action in await it.actions_of(start.case_id):
            if await it.stories.is_running(f"action/{action}"):
                await it.client.get_workflow_handle(f"action/{action}").result()
        kept = set(world.platform.standing)

        assert suspended == {ActionKind.REMOVE_ITEM, ActionKind.SUSPEND_ACCOUNT}
        assert kept == {ActionKind.REMOVE_ITEM}
