"""Cases that people decide, late or not at all."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.errors import (
    AlreadyDecided,
    CaseworkError,
    Forbidden,
    Malformed,
    Nonsense,
    TurnedDown,
    Unavailable,
)
from casework.orders import DetectionNews, StartFacts, SubmissionNews
from casework.ruling import Measure
from casework.words import ActionKind, Channel, Outcome, Severity, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.town import COLLEAGUE, LEAD, REVIEWER, World, a_detection, town

UNSURE = 0.70
REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
BAN = Measure(kind=ActionKind.BAN_ACCOUNT)


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=UNSURE))


async def test_what_machines_are_unsure_of_waits_hidden_for_a_person_who_decides(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        hidden = world.platform.standing

        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        case = await it.ended(start)

        assert hidden == ["hide_item"]
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]
        assert len(world.mail.sent) == 1


async def test_what_a_person_dismisses_is_shown_again(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()

        await it.decide(claimed, REVIEWER, Verdict.DISMISS)
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED
        assert world.platform.standing == []
        assert world.mail.sent == []


async def test_a_review_nobody_takes_goes_to_the_next_desk_is_paged_and_ends_by_default(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))

        await it.passes(timedelta(hours=4, minutes=1))
        handed = await it.store.reads.case(start.case_id)
        assert world.pager.paged == []
        await it.passes(timedelta(hours=1, minutes=31))
        paged = [alert.key for alert in world.pager.paged]
        still = await it.store.reads.case(start.case_id)
        await it.passes(timedelta(hours=1))
        case = await it.ended(start)

        assert handed.queue == "leads"
        assert paged[0].endswith("review_due")
        assert still.stage is Stage.REVIEW
        assert case.outcome is Outcome.DISMISSED
        assert world.platform.standing == []


@pytest.mark.parametrize(
    "answer",
    [Nonsense("not a number"), TurnedDown("too long"), Unavailable("down")],
    ids=["nonsense", "refused", "no answer for half an hour"],
)
async def test_a_check_without_a_usable_answer_sends_the_case_to_a_person(
    place: Path, answer: CaseworkError
) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.99, fails_first=[answer] * 200))
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.99))

        await it.passes(timedelta(minutes=31))
        claimed = await it.claim()
        case = await it.store.reads.case(start.case_id)

        assert claimed.why == "check_failed:vendor_moderation"
        assert case.outcome is None
        assert sum(world.platform.effects.values()) == 0


async def test_a_decision_that_nobody_submitted_changes_nothing_and_is_audited(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        made_up = SubmissionNews(submission_id="made-up", review_id=claimed.review_id)

        with pytest.raises(Forbidden):
            await it.stories.decide(f"case/harassment/{start.case_id}", made_up)
        other = SubmissionNews(submission_id="another", review_id=claimed.review_id)
        await it.story(start).signal("decided", other)
        await it.passes(timedelta(seconds=5))
        case = await it.store.reads.case(start.case_id)
        events = [entry.event for entry in await it.store.reads.timeline(start.case_id)]

        assert case.stage is Stage.REVIEW
        assert events.count("submission_refused") == 2


async def test_a_second_decision_on_a_decided_review_is_refused(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        await it.decide(claimed, REVIEWER, Verdict.DISMISS)
        await it.ended(start)

        with pytest.raises(AlreadyDecided):
            await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])


async def test_a_ban_needs_two_people_who_agree(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        first = await it.claim(REVIEWER)

        one = await it.decide(first, REVIEWER, Verdict.ENFORCE, [BAN])
        between = await it.store.reads.case(start.case_id)
        again = await it.store.desk.claim("reviewers", REVIEWER, timedelta(hours=1))
        second = await it.claim(COLLEAGUE)
        two = await it.decide(second, COLLEAGUE, Verdict.ENFORCE, [BAN])
        case = await it.ended(start)

        assert one.final is None
        assert between.stage is Stage.REVIEW
        assert again is None
        assert two.final is not None
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["ban_account"]


async def test_a_submission_reaches_the_story_although_the_gateway_died_in_between(
    place: Path,
) -> None:
    from workers.reconciler import Reconciler

    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        await it.submit(claimed, REVIEWER, Verdict.DISMISS)

        reconciler = Reconciler(it.store, it.stories, settled=timedelta())
        await reconciler.deliver_submissions()
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED


async def test_a_review_left_by_the_reviewers_can_be_decided_by_the_leads(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.passes(timedelta(hours=4, minutes=1))

        claimed = await it.claim(LEAD, queue="leads")
        await it.decide(claimed, LEAD, Verdict.ENFORCE, [REMOVE])
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED


async def test_a_refused_decision_gives_its_review_back_to_others(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.9))
    async with town(place, world) as it:
        await it.detect(a_detection("self_harm", score=0.97))
        claimed = await it.claim(queue="care")

        with pytest.raises(Malformed):
            await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [BAN])
        again = await it.claim(COLLEAGUE, queue="care")

        assert again.review_id == claimed.review_id
        assert "ban_account" not in world.platform.standing


async def test_a_decision_of_somebody_whose_rights_were_withdrawn_meanwhile_does_not_count(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        await it.store.staff.add(REVIEWER, "a-token")
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        await it.store.staff.revoke(REVIEWER.id)

        with pytest.raises(Forbidden):
            await it.hand_in(claimed, submission)
        case = await it.store.reads.case(start.case_id)

        assert case.stage is Stage.REVIEW
        assert world.platform.standing == ["hide_item"]


async def test_a_crowd_of_reports_asks_a_person_and_does_nothing_by_itself(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.05))
    async with town(place, world) as it:
        for reporter in range(5):
            report = a_detection(
                "harassment", score=None, item="msg-3", channel=Channel.USER_REPORT
            )
            evidence = {"reporter": f"reporter-{reporter}"}
            start = await it.store_detection(report.model_copy(update={"evidence": evidence}))
        await it.stories.detected(
            start,
            DetectionNews(detection_id="any"),
            StartFacts(severity=Severity.HIGH, detector="community-reports"),
        )

        claimed = await it.claim()

        assert claimed.why == "rule_5"
        assert sum(world.platform.effects.values()) == 0
