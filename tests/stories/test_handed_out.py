"""Reviews handed out to another team's tool, with our own time running beside."""

import asyncio
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from casework.errors import AlreadyDecided, CaseClosed, TooLate, TurnedDown, Unavailable
from casework.handoffs import HandoffState
from casework.orders import Answer, SubmissionNews
from casework.records import Person
from casework.words import Outcome, Role, Stage, Verdict
from integrations.coop.fake import FakeCoop
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.town import LEAD, LOOKS, POLICIES, REVIEWER, Town, World, a_detection, town

OUTSIDE = Person(id="coop", role=Role.REVIEWER, queues=frozenset({"outside"}))
DOWN = [Unavailable("down")]


def unsure(coop: FakeCoop | None = None) -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7), coop=coop or FakeCoop())


@pytest.fixture
def policies(place: Path) -> Path:
    """The shipped ones; harassment lies with Coop for four hours, and then before the leads."""
    folder = place / "policies"
    shutil.copytree(POLICIES, folder)
    file = folder / "harassment.yaml"
    written = re.sub(r"^version: .*$", "version: 99", file.read_text(encoding="utf-8"), flags=re.M)
    written = written.replace(
        "desk: reviewers, within: PT4H", "desk: outside, within: PT4H, at: coop"
    )
    file.write_text(written, encoding="utf-8")
    return folder


async def handed_out(world: World) -> str:
    """The reference of the job that Coop has."""
    for _ in range(LOOKS * 20):
        if world.coop.jobs:
            return next(iter(world.coop.jobs))
        await asyncio.sleep(0.05)
    raise AssertionError("nothing was handed out")


async def answers(it: Town, reference: str, verdict: Verdict = Verdict.DISMISS) -> Answer:
    """What the gateway does with a genuine callback."""
    taken = await it.store.handoffs.take(reference, OUTSIDE)
    submission = await it.store.desk.submit(
        taken.review_id, OUTSIDE, taken.etag, verdict, (), "seen by a moderator there"
    )
    review = await it.store.reviews.review(taken.review_id)
    news = SubmissionNews(submission_id=submission.submission_id, review_id=taken.review_id)
    answer = await it.stories.decide(review.asked_by, news)
    await it.store.handoffs.answered(reference, OUTSIDE.id, {})
    return answer


async def state(it: Town, reference: str) -> HandoffState:
    return (await it.store.handoffs.known(reference, "coop")).state


async def test_a_review_is_handed_out_and_decided_there(place: Path, policies: Path) -> None:
    world = unsure()
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8, text="you fool"))
        reference = await handed_out(world)

        first = await answers(it, reference)
        again = await answers(it, reference)
        case = await it.ended(start)

        job = world.coop.jobs[reference]
        assert (job.text, job.harm, job.due_at - job.asked_at <= timedelta(hours=4)) == (
            "you fool",
            "harassment",
            True,
        )
        assert first == again
        assert case.outcome is Outcome.DISMISSED
        assert await state(it, reference) is HandoffState.ANSWERED
        assert world.pager.paged == []
        actors = [entry.actor for entry in await it.store.reads.timeline(start.case_id)]
        assert actors.count("coop") >= 2


async def test_what_nobody_answers_there_goes_to_the_next_desk_and_is_too_late(
    place: Path, policies: Path
) -> None:
    world = unsure()
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        reference = await handed_out(world)
        await it.passes(timedelta(hours=4, minutes=1))
        claimed = await it.claim(LEAD, "leads")

        with pytest.raises(TooLate):
            await it.store.handoffs.take(reference, OUTSIDE)
        await it.decide(claimed, LEAD, Verdict.DISMISS)
        case = await it.ended(start)
        with pytest.raises(AlreadyDecided):
            await it.store.handoffs.take(reference, OUTSIDE)

        assert case.outcome is Outcome.DISMISSED
        assert await state(it, reference) is HandoffState.SENT


async def test_a_tool_that_is_down_for_hours_gets_it_when_it_is_back(
    place: Path, policies: Path
) -> None:
    world = unsure(coop=FakeCoop(fails_first=DOWN * 20))
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.passes(timedelta(minutes=30))
        blocked = await it.store.reads.case(start.case_id)
        paged = [alert.key.rsplit("/")[-1] for alert in world.pager.paged]

        await it.passes(timedelta(hours=2))
        reference = await handed_out(world)
        await answers(it, reference)
        case = await it.ended(start)
        await it.call_is_over(start, "blocked_coop")

        assert (blocked.blocked_on, blocked.stage) == ("coop", Stage.REVIEW)
        assert paged == ["blocked_coop"]
        assert world.pager.open == {}
        assert (case.outcome, case.blocked_on) == (Outcome.DISMISSED, None)


async def test_while_it_is_down_our_own_people_may_decide(place: Path, policies: Path) -> None:
    world = unsure(coop=FakeCoop(fails_first=DOWN * 500))
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim(REVIEWER, "outside")

        await it.decide(claimed, REVIEWER, Verdict.DISMISS)
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED
        assert case.blocked_on is None
        assert world.coop.jobs == {}


async def test_a_refusal_there_calls_somebody_and_time_runs_all_the_same(
    place: Path, policies: Path
) -> None:
    world = unsure(coop=FakeCoop(fails_first=[TurnedDown("no such item type")] * 50))
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.passes(timedelta(minutes=5))
        blocked = await it.store.reads.case(start.case_id)
        await it.passes(timedelta(hours=4))
        handed = await it.store.reads.case(start.case_id)

        assert blocked.blocked_on == "coop:needs_human"
        assert {alert.key.rsplit("/")[-1] for alert in world.pager.paged} == {"needs_human"}
        assert (handed.queue, handed.blocked_on) == ("leads", None)


async def test_an_answer_that_was_lost_is_one_job_there(place: Path, policies: Path) -> None:
    world = unsure(coop=FakeCoop(loses_answers=DOWN))
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.passes(timedelta(minutes=1))
        reference = await handed_out(world)

        await answers(it, reference)
        case = await it.ended(start)

        assert world.coop.reports == [reference, reference]
        assert case.outcome is Outcome.DISMISSED


async def test_whoever_answers_first_decides(place: Path, policies: Path) -> None:
    world = unsure()
    async with town(place, world, policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        reference = await handed_out(world)
        claimed = await it.claim(REVIEWER, "outside")
        await answers(it, reference)

        with pytest.raises((AlreadyDecided, CaseClosed)):
            await it.submit(claimed, REVIEWER, Verdict.DISMISS)

        assert (await it.ended(start)).outcome is Outcome.DISMISSED
