"""Reviews that people send to another desk: written first, followed by the story that asks."""

from datetime import timedelta
from pathlib import Path

from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, Outcome, Role, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from storage.moves import SentOn
from tests.stories.test_appeals import appeal, enforced_by_a_person
from tests.town import COLLEAGUE, LEAD, REVIEWER, Town, World, a_detection, policies_with, town
from workers.reconciler import Reconciler

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
LAWYER = Person(id="lawyer-one", role=Role.REVIEWER, queues=frozenset({"legal"}))


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7))


async def with_a_lawyer(it: Town) -> None:
    for person in (REVIEWER, LEAD, LAWYER):
        await it.store.staff.add(person, f"token-of-{person.id}")


async def sent(it: Town, review_id: str, desk: str, by: Person = REVIEWER) -> None:
    """What the gateway does: write it down, then tell the story."""
    await it.store.moves.ask(SentOn(review_id=review_id, desk=desk, why="is this legal?"), by)
    review = await it.store.reviews.review(review_id)
    await it.stories.moved(review.asked_by)


async def lies_at(it: Town, case_id: str, desk: str) -> None:
    for _ in range(60):
        if (await it.store.reads.case(case_id)).queue == desk:
            return
        await it.passes(timedelta(seconds=1))
    raise AssertionError(f"it never came to {desk}")


async def test_legal_decides_what_is_sent_there_and_has_its_own_time(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        await with_a_lawyer(it)
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()

        await sent(it, claimed.review_id, "legal")
        await lies_at(it, start.case_id, "legal")
        await it.passes(timedelta(hours=10))
        paged = list(world.pager.paged)
        theirs = await it.claim(LAWYER, "legal")
        await it.decide(theirs, LAWYER, Verdict.ENFORCE, [REMOVE])
        case = await it.ended(start)

        assert paged == []
        assert theirs.review_id == claimed.review_id
        assert case.outcome is Outcome.ENFORCED


async def test_what_nobody_at_legal_decides_is_paged_and_ends_by_default(place: Path) -> None:
    policies = policies_with(place, "harassment", legal="{within: PT8H}")
    world = unsure()
    async with town(place, world, policies=policies) as it:
        await with_a_lawyer(it)
        start = await it.detect(a_detection("harassment", score=0.8))
        await sent(it, (await it.claim()).review_id, "legal")

        await it.passes(timedelta(hours=5, minutes=30))
        early = list(world.pager.paged)
        await it.passes(timedelta(minutes=35))
        paged = {alert.key.rsplit("/")[-1] for alert in world.pager.paged}
        await it.passes(timedelta(hours=2))
        case = await it.ended(start)

        assert early == []
        assert paged == {"review_due"}
        assert case.outcome is Outcome.DISMISSED


async def test_from_a_desk_in_order_it_goes_on_in_that_order(place: Path) -> None:
    async with town(place, unsure()) as it:
        await with_a_lawyer(it)
        start = await it.detect(a_detection("harassment", score=0.8))
        review = (await it.claim()).review_id
        await sent(it, review, "leads")
        await lies_at(it, start.case_id, "leads")

        await sent(it, review, "reviewers", LEAD)
        await lies_at(it, start.case_id, "reviewers")
        await it.passes(timedelta(hours=4, minutes=1))
        again = await it.store.reads.case(start.case_id)

        assert again.queue == "leads"


async def test_a_story_that_was_not_told_is_told_later_and_moves_it_once(place: Path) -> None:
    async with town(place, unsure()) as it:
        await with_a_lawyer(it)
        start = await it.detect(a_detection("harassment", score=0.8))
        review = (await it.claim()).review_id
        await it.store.moves.ask(SentOn(review_id=review, desk="legal", why="?"), REVIEWER)
        between = await it.store.desk.claim("reviewers", COLLEAGUE, timedelta(hours=1))

        reconciler = Reconciler(it.store, it.stories, settled=timedelta())
        for _ in range(2):
            await reconciler.tell_of_moves()
            await lies_at(it, start.case_id, "legal")
        lines = await it.store.reads.timeline(start.case_id)

        assert between is None
        assert [line.facts["to"] for line in lines if line.event == "handed_over"] == ["legal"]
        assert await it.store.moves.untold(timedelta()) == []


async def test_a_story_told_of_a_move_that_nobody_asked_for_leaves_the_review_where_it_is(
    place: Path,
) -> None:
    async with town(place, unsure()) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()

        await it.story(start).signal("moved")
        await it.passes(timedelta(minutes=30))
        case = await it.store.reads.case(start.case_id)
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        ended = await it.ended(start)

        assert (case.queue, case.deadline) == ("reviewers", claimed.due_at)
        assert ended.outcome is Outcome.ENFORCED


async def test_an_appeal_whose_time_is_over_can_still_be_sent_to_legal(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        await with_a_lawyer(it)
        await enforced_by_a_person(it)
        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.passes(timedelta(hours=10))

        await sent(it, claimed.review_id, "legal", COLLEAGUE)
        theirs = await it.claim(LAWYER, "legal")
        await it.decide(theirs, LAWYER, Verdict.OVERTURNED)
        verdict = await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        assert verdict == "overturned"
        assert world.platform.standing == []
