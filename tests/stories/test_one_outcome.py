"""However often, late or at once a question is answered, it has one outcome that all agree on."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.errors import AlreadyDecided, CaseworkError, Forbidden, StaleClaim
from casework.orders import Answer
from casework.profiles import Relation, RelationKind
from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, Outcome, Role, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from storage.tables import decisions
from tests.stories.test_appeals import appeal, enforced_by_a_person
from tests.town import COLLEAGUE, REVIEWER, Town, World, a_detection, town

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
AT_ONCE = timedelta(microseconds=1)


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7))


async def decisions_of(it: Town, case_id: str) -> int:
    counted = select(func.count()).select_from(decisions).where(decisions.c.case_id == case_id)
    async with it.store.database.reading() as tx:
        return int(await tx.value(counted))


async def test_the_same_decision_from_two_tabs_is_one_and_both_are_told_of_it(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()

        answers = await asyncio.gather(
            *(it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE]) for _ in range(3))
        )
        case = await it.ended(start)

        assert len({answer.final for answer in answers}) == 1
        assert await decisions_of(it, start.case_id) == 1
        assert case.outcome is Outcome.ENFORCED
        assert list(world.platform.effects.values()).count(1) == len(world.platform.effects)


async def test_of_two_decisions_from_two_tabs_one_counts_and_the_other_is_told_so(
    place: Path,
) -> None:
    async with town(place, unsure()) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()

        answers = await asyncio.gather(
            it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE]),
            it.decide(claimed, REVIEWER, Verdict.DISMISS),
            return_exceptions=True,
        )
        case = await it.ended(start)

        [counted] = [answer for answer in answers if isinstance(answer, Answer)]
        [refused] = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(refused, AlreadyDecided)
        assert counted.final is not None
        enforced = counted.final.verdict is Verdict.ENFORCE
        assert case.outcome is (Outcome.ENFORCED if enforced else Outcome.DISMISSED)
        assert await decisions_of(it, start.case_id) == 1


async def test_a_claim_that_ran_out_decides_nothing_and_the_next_one_does(place: Path) -> None:
    async with town(place, unsure()) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        await it.store.desk.extend(claimed.review_id, REVIEWER, claimed.etag, AT_ONCE)
        next_one = await it.claim(COLLEAGUE)

        answers = await asyncio.gather(
            it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE]),
            it.decide(next_one, COLLEAGUE, Verdict.DISMISS),
            return_exceptions=True,
        )
        case = await it.ended(start)

        assert isinstance(answers[0], StaleClaim | AlreadyDecided)
        assert case.outcome is Outcome.DISMISSED
        assert await decisions_of(it, start.case_id) == 1


@pytest.mark.parametrize(
    "now",
    [
        Person(id=REVIEWER.id, role=Role.REVIEWER, harms=frozenset({"hate"})),
        Person(id=REVIEWER.id, role=Role.REVIEWER, queues=frozenset({"leads"})),
        Person(id=REVIEWER.id, role=Role.AUDITOR),
        None,
    ],
    ids=["another harm", "another desk", "another role", "gone"],
)
async def test_whose_rights_were_withdrawn_before_it_counts_is_refused_and_a_colleague_decides(
    place: Path, now: Person | None
) -> None:
    world = unsure()
    async with town(place, world) as it:
        await it.store.staff.add(REVIEWER, "a-token")
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        if now is None:
            await it.store.staff.revoke(REVIEWER.id)
        else:
            await it.store.staff.add(now, "a-token")

        with pytest.raises(Forbidden):
            await it.hand_in(claimed, submission)
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED
        assert await decisions_of(it, start.case_id) == 1
        assert "remove_item" not in world.platform.standing


async def test_whoever_turns_out_to_be_tied_to_the_account_before_it_counts_does_not_decide(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        await it.store.staff.add(REVIEWER, "a-token")
        start = await it.detect(a_detection("harassment", score=0.8, account="my-cousin"))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        cousin = Relation(account_id="my-cousin", kind=RelationKind.RELATED)
        await it.store.profiles.declare(REVIEWER.id, [cousin], by=REVIEWER.id)

        with pytest.raises(Forbidden):
            await it.hand_in(claimed, submission)
        again = await it.store.desk.claim("reviewers", REVIEWER, timedelta(hours=1))
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        case = await it.ended(start)

        assert again is None
        assert case.outcome is Outcome.DISMISSED
        assert await decisions_of(it, start.case_id) == 1


async def test_what_is_delivered_after_the_default_was_taken_changes_nothing(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        await it.passes(timedelta(hours=6, minutes=30))
        case = await it.ended(start)

        with pytest.raises(CaseworkError):
            await it.hand_in(claimed, submission)

        assert case.outcome is Outcome.DISMISSED
        assert await decisions_of(it, start.case_id) == 1
        assert await it.store.desk.pending_submissions(timedelta()) == []
        assert world.platform.standing == []


async def test_an_appeal_answered_from_two_tabs_is_undone_once_and_read_back(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        case_id = await enforced_by_a_person(it)
        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")

        answers = await asyncio.gather(
            *(it.decide(claimed, COLLEAGUE, Verdict.OVERTURNED) for _ in range(2))
        )
        await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()
        events = [line.event for line in await it.store.reads.timeline(case_id)]

        assert len({answer.final for answer in answers}) == 1
        assert await decisions_of(it, case_id) == 2
        assert events.count("strike_withdrawn") == 1
        assert world.platform.standing == []
