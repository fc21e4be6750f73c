"""What people order about an action, and effects whose time is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from casework.action_orders import Order
from casework.errors import Unavailable
from casework.orders import CaseStart
from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, NoticeKind, Outcome, Role, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.platform.fake import FakePlatform
from integrations.scam_signs.fake import FakeScamSigns
from tests.stories.test_appeals import appeal
from tests.town import COLLEAGUE, REVIEWER, Town, World, a_detection, policies_with, town
from workers.reviving import ENDED, Reviver

ONCALL = Person(id="otto", role=Role.ONCALL)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
SUSPEND = Measure(kind=ActionKind.SUSPEND_ACCOUNT, lasts=DAY)


def unsure(platform: FakePlatform | None = None) -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7), platform=platform or FakePlatform())


async def suspended(it: Town) -> str:
    """An account suspended for a day by a person; the action's id.

    Its story is told again after the case's: the time-skipping server never ends a wait in which
    a parent ends before its child.
    """
    start = await it.detect(a_detection("harassment", score=0.8))
    answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [SUSPEND])
    await it.ended(start)
    assert answer.final is not None
    action = answer.final.actions[0].action_id
    await it.client.get_workflow_handle(f"action/{action}").terminate("told again below")
    await Reviver(it.store, it.stories).revive(f"action/{action}")
    await it.stories.acknowledge(start.case_id, ENDED, "otto")  # or it goes on calling all day
    return action


async def test_a_suspension_that_is_extended_ends_at_its_new_end_and_the_account_is_told(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        action = await suspended(it)
        later = datetime.now(UTC) + 2 * DAY

        await it.store.action_orders.reschedule(action, ONCALL, later, "did it again")
        await it.stories.action_changed(action)
        await it.passes(DAY + HOUR)
        after_the_old_end = world.platform.standing
        await it.passes(DAY)
        await it.story_is_over(f"action/{action}")

        assert after_the_old_end == ["suspend_account"]
        assert world.platform.standing == []
        assert [notice.kind for notice in world.mail.sent] == [
            NoticeKind.STATEMENT,
            NoticeKind.CHANGE,
        ]
        assert "/appeals/" in world.mail.sent[1].body


async def test_an_extension_that_nobody_told_the_story_of_counts_all_the_same(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        action = await suspended(it)
        later = datetime.now(UTC) + 2 * DAY

        await it.store.action_orders.reschedule(action, ONCALL, later, "did it again")
        await it.passes(DAY + HOUR)
        after_the_old_end = world.platform.standing
        await it.passes(DAY)
        await it.story_is_over(f"action/{action}")

        assert after_the_old_end == ["suspend_account"]
        assert world.platform.standing == []


async def test_a_suspension_that_is_released_early_is_lifted_at_once(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        action = await suspended(it)

        await it.store.action_orders.release(action, ONCALL, "a mix-up")
        await it.stories.action_changed(action)
        await it.story_is_over(f"action/{action}")

        assert world.platform.standing == []
        assert (await it.store.actions.action(action)).state is ActionState.LAPSED
        assert world.mail.sent[-1].kind is NoticeKind.CHANGE
        assert "/appeals/" not in world.mail.sent[-1].body


def delayed(place: Path) -> Path:
    return policies_with(place, "spam_scam", delay="{between: [PT1H, PT1H]}")


async def waits(it: Town) -> tuple[CaseStart, str]:
    """A case whose removal waits for an hour; the action's id."""
    start = await it.detect(a_detection(score=0.99))
    await it.waits_for_the_platform(start)
    [action] = [each.action_id for each in await it.store.action_reads.of_case(start.case_id)]
    return start, action


async def test_a_delayed_action_that_is_cancelled_never_happens_and_nobody_is_told_it_did(
    place: Path,
) -> None:
    world = World(scam_signs=FakeScamSigns(score=0.95))
    async with town(place, world, policies=delayed(place)) as it:
        start, action = await waits(it)
        offered = (await it.store.action_reads.one(action)).may

        await it.store.action_orders.cancel(action, ONCALL, "the detector is broken")
        await it.stories.action_changed(action)
        case = await it.ended(start)

        assert offered == (Order.CANCEL,)
        assert case.outcome is Outcome.DISMISSED
        assert world.platform.asked == []
        assert world.mail.sent == []
        assert await it.standing_strikes(start.case_id) == 0


async def test_a_made_up_word_to_its_story_does_not_shorten_a_delay(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=0.95))
    async with town(place, world, policies=delayed(place)) as it:
        start, action = await waits(it)

        await it.stories.action_changed(action)
        await it.passes(timedelta(minutes=30))
        early = list(world.platform.asked)
        await it.passes(timedelta(minutes=31))
        case = await it.ended(start)

        assert early == []
        assert case.outcome is Outcome.ENFORCED


async def test_what_was_cancelled_of_a_decision_is_left_out_of_its_statement(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    policies = policies_with(place, "harassment", delay="{between: [PT1H, PT1H]}")
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE, SUSPEND])
        assert answer.final is not None
        suspension = answer.final.actions[1].action_id
        await it.waits_for_the_platform(start)

        await it.store.action_orders.cancel(suspension, ONCALL, "too much")
        await it.stories.action_changed(suspension)
        await it.passes(HOUR + timedelta(minutes=1))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]
        assert "was removed" in world.mail.sent[0].body
        assert "suspended" not in world.mail.sent[0].body


async def test_what_cannot_be_undone_waits_for_a_person_who_accepts_it_and_is_told_as_it_is(
    place: Path,
) -> None:
    final = FakePlatform(final=frozenset({ActionKind.REMOVE_ITEM}))
    world = unsure(platform=final)
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        await it.ended(start)
        assert answer.final is not None
        action = answer.final.actions[0].action_id
        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.decide(claimed, COLLEAGUE, Verdict.OVERTURNED)
        await it.passes(timedelta(minutes=1))
        refused = await it.store.action_reads.one(action)

        await it.store.action_orders.write_off(action, ONCALL, "we said sorry in person")
        hearing = it.client.get_workflow_handle(f"appeal/{filed.decision_id}")
        await hearing.signal("retry")
        verdict = await hearing.result()

        assert (refused.state, refused.note) == (ActionState.NEEDS_HUMAN, "irreversible")
        assert refused.may == (Order.WRITE_OFF,)
        assert verdict == "overturned"
        assert "could not be undone" in world.mail.sent[-1].body
        assert final.effects[action] == 1


async def test_a_platform_that_is_down_for_longer_than_the_policy_retries_is_never_given_up(
    place: Path,
) -> None:
    down = FakePlatform(fails_first=[Unavailable("down")] * 28)
    world = World(scam_signs=FakeScamSigns(score=0.95), platform=down)
    policies = policies_with(place, "spam_scam", delivery="{retry_for: PT1H, page_after: PT5M}")
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.waits_for_the_platform(start)
        await it.passes(timedelta(minutes=70))
        [waiting] = await it.store.action_reads.of_case(start.case_id)
        reasons = {alert.key.rpartition("/")[2] for alert in world.pager.paged}

        story = it.client.get_workflow_handle(f"action/{waiting.action_id}")
        await story.signal("retry")
        await it.passes(timedelta(minutes=3))
        again = await it.store.action_reads.one(waiting.action_id)
        await story.signal("retry")
        case = await it.ended_in_time(start)

        assert (waiting.state, waiting.note) == (ActionState.NEEDS_HUMAN, "tried_in_vain")
        assert again.state is ActionState.NEEDS_HUMAN
        assert {"blocked_platform", "needs_human"} <= reasons
        assert case.outcome is Outcome.ENFORCED
        assert list(down.effects.values()) == [1]


async def test_a_statement_says_when_there_was_nothing_left_to_act_on(place: Path) -> None:
    gone = FakePlatform(gone=frozenset({"message:msg-1"}))
    world = World(scam_signs=FakeScamSigns(score=0.95), platform=gone)
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99, item="msg-1"))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert "gone already" in world.mail.sent[0].body
