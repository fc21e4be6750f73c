"""Decisions that people take back before anything was done."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.errors import Forbidden, TooLate, Unavailable
from casework.ruling import Measure
from casework.second_thoughts import Undone, UndoNews
from casework.words import ActionKind, ActionState, Outcome, Stage, Verdict
from integrations.mail.fake import FakeMail
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.town import (
    COLLEAGUE,
    REVIEWER,
    Town,
    World,
    a_detection,
    policies_with,
    town,
)

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
TIME = timedelta(minutes=10)


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7))


def patient(place: Path) -> Path:
    return policies_with(place, "harassment", undo_within="PT10M")


async def taken_back(it: Town, workflow: str, decision: str, by: str) -> Undone:
    """What the gateway does: write the wish down, then ask the story."""
    await it.store.second_thoughts.request(await it.store.cases.decision(decision), by)
    return await it.stories.undo(workflow, UndoNews(decision_id=decision, by=by))


async def test_a_decision_taken_back_in_time_is_never_carried_out_and_the_case_asks_again(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        assert answer.final is not None

        await taken_back(it, it.story(start).id, answer.final.decision_id, REVIEWER.id)
        meanwhile = await it.store.reads.case(start.case_id)
        again = await it.claim(COLLEAGUE)
        shown = await it.store.reads.review_page(again.review_id)
        hidden = world.platform.standing
        await it.decide(again, COLLEAGUE, Verdict.DISMISS)
        await it.passes(TIME)
        case = await it.ended(start)

        assert meanwhile.stage is Stage.REVIEW
        assert hidden == ["hide_item"]
        assert [finding.score for finding in shown.findings if finding.check != "profanity"] == [
            0.7
        ]
        assert case.outcome is Outcome.DISMISSED
        assert list(world.platform.effects.values()) == [1]
        assert world.platform.standing == []
        assert world.mail.sent == []
        assert await it.standing_strikes(start.case_id) == 0


async def test_a_decision_that_nobody_takes_back_is_carried_out_when_its_time_is_over(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        assert answer.final is not None
        before = world.platform.standing

        await it.passes(TIME)
        case = await it.ended(start)

        assert before == ["hide_item"]
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]
        assert len(world.mail.sent) == 1


async def test_what_is_carried_out_can_no_longer_be_taken_back(place: Path) -> None:
    world = unsure()
    world.mail = FakeMail(fails_first=[Unavailable("no mail today")] * 50)  # keeps the case open
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        assert answer.final is not None
        await it.passes(TIME + timedelta(seconds=5))

        with pytest.raises(TooLate):
            await taken_back(it, it.story(start).id, answer.final.decision_id, REVIEWER.id)

        assert (await it.store.cases.decision(answer.final.decision_id)).overrides is None


async def test_a_decision_is_not_taken_back_around_the_gateway(place: Path) -> None:
    world = unsure()
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        assert answer.final is not None
        made_up = UndoNews(decision_id=answer.final.decision_id, by=REVIEWER.id)

        with pytest.raises(Forbidden):
            await it.stories.undo(it.story(start).id, made_up)
        await it.passes(TIME)
        case = await it.ended(start)

        told = [line.event for line in await it.store.reads.timeline(start.case_id)]
        assert case.outcome is Outcome.ENFORCED
        assert "undo_refused" in told


async def test_repeating_an_answer_that_was_taken_back_does_not_answer_the_new_question(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        answer = await it.hand_in(claimed, submission)
        assert answer.final is not None
        first = await taken_back(it, it.story(start).id, answer.final.decision_id, REVIEWER.id)

        await it.client.get_workflow_handle(it.story(start).id).signal(
            "decided", {"submission_id": submission.submission_id, "review_id": claimed.review_id}
        )
        again = await taken_back(it, it.story(start).id, answer.final.decision_id, REVIEWER.id)
        await it.passes(TIME)
        case = await it.store.reads.case(start.case_id)

        assert again == first
        assert case.stage is Stage.REVIEW
        assert world.platform.standing == ["hide_item"]


async def test_what_was_planned_of_a_decision_taken_back_is_cancelled_and_never_told(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world, policies=patient(place)) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [REMOVE])
        assert answer.final is not None
        [due] = answer.final.actions

        await taken_back(it, it.story(start).id, answer.final.decision_id, REVIEWER.id)
        action = await it.store.actions.action(due.action_id)
        events = [line.event for line in await it.store.reads.timeline(start.case_id)]

        assert action.state is ActionState.CANCELLED
        assert {"notice_withdrawn", "strike_withdrawn", "case_reopened"} <= set(events)
