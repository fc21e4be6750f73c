"""What somebody says of a decided case, blind, reaches no story, whoever carries it there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casework.errors import Forbidden
from casework.identity import case_workflow, decision_id
from casework.orders import SubmissionNews
from casework.policy_parts import Desk
from casework.rereviews import Judged
from casework.ruling import Measure
from casework.words import ActionKind, HearingKind, Outcome, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from storage.moves import SentOn
from tests.town import COLLEAGUE, LEAD, REVIEWER, World, a_detection, town
from workers.reconciler import Reconciler

BAN = Measure(kind=ActionKind.BAN_ACCOUNT)

DESKS = (Desk(desk="reviewers", within=timedelta(hours=4)),)


def judged(case: str) -> Judged:
    return Judged(
        decision_id=decision_id(case, 1, HearingKind.FIRST),
        case_id=case,
        round=1,
        policy="harassment",
        policy_version=1,
        at=datetime.now(UTC),
    )


async def test_an_answer_to_a_second_look_cannot_be_enforced_by_hand(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.70))
    async with town(place, world) as it:
        decided = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.DISMISS)
        await it.ended(decided)
        await it.store.rereviews.open(judged(decided.case_id), DESKS)
        look = await it.claim(COLLEAGUE)
        waiting = await it.detect(a_detection("harassment", score=0.8, item="m-2"))
        await it.claim(REVIEWER)
        submission = await it.submit(look, COLLEAGUE, Verdict.ENFORCE, [BAN])
        news = SubmissionNews(submission_id=submission.submission_id, review_id=look.review_id)
        story = case_workflow("harassment", waiting.case_id)

        with pytest.raises(Forbidden):
            await it.stories.decide(story, news)
        again = await it.store.desk.claim("reviewers", COLLEAGUE, timedelta(hours=1))
        assert again is not None
        submission = await it.submit(again, COLLEAGUE, Verdict.ENFORCE, [BAN])
        await Reconciler(it.store, it.stories, timedelta()).deliver_submissions()
        news = SubmissionNews(submission_id=submission.submission_id, review_id=look.review_id)
        with pytest.raises(Forbidden):
            await it.stories.decide(story, news)
        await it.story(waiting).signal("decided", news)
        await it.passes(timedelta(seconds=5))
        events = [entry.event for entry in await it.store.reads.timeline(decided.case_id)]

        assert (decided.case_id, look.case_id) == (again.case_id, decided.case_id)
        assert events.count("rereviewed") == 1
        assert (await it.store.reads.case(waiting.case_id)).stage is Stage.REVIEW
        assert (await it.store.reads.case(decided.case_id)).outcome is Outcome.DISMISSED
        assert "ban_account" not in world.platform.standing


async def test_one_sent_on_by_a_process_that_died_is_laid_there_by_the_reconciler(
    place: Path,
) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.70))
    async with town(place, world) as it:
        for person in (COLLEAGUE, LEAD):
            await it.store.staff.add(person, f"token-of-{person.id}")
        decided = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.DISMISS)
        await it.ended(decided)
        await it.store.rereviews.open(judged(decided.case_id), DESKS)
        look = (await it.claim(COLLEAGUE)).review_id
        sent = SentOn(review_id=look, desk="leads", why="look at the slang")
        await it.store.moves.ask(sent, COLLEAGUE)

        reconciler = Reconciler(it.store, it.stories, timedelta())
        for _ in range(2):
            await reconciler.tell_of_moves()
        claimed = await it.claim(LEAD, "leads")

        assert claimed.review_id == look
        assert await it.store.moves.untold(timedelta()) == []
