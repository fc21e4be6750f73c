"""What would be left lying: critical or soon due, and served to nobody who works here now."""

from datetime import timedelta
from typing import Any

import pytest

from casework.care import NO_LIMITS, CareRules
from casework.handoffs import HandOut
from casework.policy_parts import Desk
from casework.profiles import Profile, Relation, RelationKind
from casework.queueing import QueueRules
from casework.records import Person, ReviewRecord
from casework.rereviews import SETTLED_FOR
from casework.words import Role, Severity, SkipReason
from storage.audit_line import Event
from storage.claiming import Terms
from storage.passing_on import InHand
from tests.storage.office import ANN, BEN, LEASE, Office

RULES = QueueRules(watched_before=timedelta(hours=1))
HOUR = timedelta(hours=1)
ONE_A_DAY = CareRules(limits={"critical": 1})
LAW = Person(id="law", role=Role.REVIEWER, queues=frozenset({"legal"}))
HATE_ONLY = Person(id="hal", role=Role.REVIEWER, harms=frozenset({"hate"}))


@pytest.fixture(autouse=True)
async def staffed(office: Office) -> None:
    for person in (ANN, LAW, HATE_ONLY):
        await office.store.staff.add(person, f"token-{person.id}")


async def waiting(office: Office, number: int = 1, **asked: Any) -> ReviewRecord:
    case = await office.opened(
        f"det-{number}", item=f"m-{number}", context={"language": "de"}, account="a-friend"
    )
    return await office.ask(case, **{"severity": Severity.CRITICAL, **asked})


async def unserved(office: Office, care: CareRules = NO_LIMITS) -> list[str]:
    return [each.review_id for each in await office.store.unserved.now(RULES, care)]


async def profiled(office: Office, **about: Any) -> None:
    await office.store.profiles.put(Profile(person="ann", **about), by="lena")


async def test_what_somebody_here_can_take_is_nothing_to_call_for(office: Office) -> None:
    await waiting(office)

    assert await unserved(office) == []


@pytest.mark.parametrize(
    "about",
    [{"opted_out": {"harassment"}}, {"languages": {"nl"}}, {"jurisdictions": {"FR"}}],
)
async def test_what_nobody_here_can_judge_or_wants_to_see_is_found(
    office: Office, about: dict[str, Any]
) -> None:
    review = await waiting(office)
    await profiled(office, **about)

    before = await unserved(office)
    await office.store.staff.add(BEN, "token-ben")

    assert before == [review.review_id]
    assert await unserved(office) == []


async def test_a_skill_that_nobody_has_is_found(office: Office) -> None:
    review = await waiting(office, skill="graphic")

    assert await unserved(office) == [review.review_id]


async def test_a_limit_that_everybody_has_used_up_is_found_until_it_is_over(
    office: Office,
) -> None:
    await waiting(office, 1)
    await office.claim(ANN)
    office.clock.passes(LEASE + timedelta(seconds=1))
    second = await waiting(office, 2)
    found = await unserved(office, ONE_A_DAY)
    unlimited = await unserved(office, NO_LIMITS)

    office.clock.passes(timedelta(hours=24) - LEASE)

    assert second.review_id in found
    assert unlimited == []
    assert await unserved(office, ONE_A_DAY) == []


async def test_a_person_s_own_limit_counts_as_the_claim_counts_it(office: Office) -> None:
    review = await waiting(office)
    await profiled(office, limits={"critical": 0})

    assert await unserved(office, ONE_A_DAY) == [review.review_id]


@pytest.mark.parametrize(("minutes", "is_found"), [(10, False), (11, True)])
async def test_a_break_counts_once_it_is_longer_than_the_office_s_own(
    office: Office, minutes: int, is_found: bool
) -> None:
    review = await waiting(office)
    await office.store.care.begin_break("ann", timedelta(minutes=minutes))

    assert await unserved(office) == ([review.review_id] if is_found else [])


async def test_what_the_only_one_left_to_others_is_found(office: Office) -> None:
    review = await waiting(office)
    claimed = await office.claim(ANN)
    hand = InHand(review_id=claimed.review_id, person=ANN, etag=claimed.etag)

    await office.store.passing.skip(hand, SkipReason.UNCLEAR, "", 2 * HOUR)

    assert await unserved(office) == [review.review_id]


async def test_an_account_that_everybody_is_tied_to_is_found(office: Office) -> None:
    review = await waiting(office)
    tied = Relation(account_id="a-friend", kind=RelationKind.RELATED)
    await office.store.profiles.declare("ann", [tied], by="ann")

    assert await unserved(office) == [review.review_id]


async def test_an_appeal_that_everybody_had_a_part_in_is_found_in_both_its_queues(
    office: Office,
) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case, by="ann"))
    appeal = await office.hear_appeal(case)
    office.clock.passes(timedelta(hours=23, minutes=30))

    [found] = await office.store.unserved.now(RULES, NO_LIMITS)

    assert found.review_id == appeal.review_id
    assert found.queues == frozenset({"reviewers", "appeals"})


async def test_what_is_not_critical_is_looked_at_before_it_is_due(office: Office) -> None:
    review = await waiting(office, severity=Severity.HIGH, within=4 * HOUR)
    await office.store.staff.revoke("ann")

    early = await unserved(office)
    office.clock.passes(3 * HOUR)

    assert early == []
    assert await unserved(office) == [review.review_id]


async def test_what_somebody_has_or_put_aside_or_another_tool_has_is_not_left_lying(
    office: Office,
) -> None:
    *_, elsewhere = [await waiting(office, n, within=(n + 1) * HOUR) for n in range(3)]
    await office.claim(ANN)
    put_aside = await office.claim(BEN)
    hand = InHand(review_id=put_aside.review_id, person=BEN, etag=put_aside.etag)
    terms = Terms(lease=LEASE)
    await office.store.passing.hold(hand, office.clock.now + HOUR / 2, "I asked", terms)
    order = HandOut(
        case_id=elsewhere.case_id, review_id=elsewhere.review_id, desk="reviewers", at="coop",
        due_at=elsewhere.due_at,
    )  # fmt: skip
    await office.store.staff.revoke("ann")
    before = await unserved(office)

    await office.store.handoffs.begin(order, "o-1")

    assert before == [elsewhere.review_id]
    assert await unserved(office) == []


async def test_nobody_waits_for_a_second_look(office: Office) -> None:
    case = await office.opened()
    await office.ask(case)
    claimed = await office.claim(ANN)
    await office.submit(claimed, ANN)
    await office.dismiss(case, by="ann", closes=claimed.review_id, step="1/first")
    office.clock.passes(SETTLED_FOR)
    since = (office.clock.now - timedelta(days=7), "")
    [judged] = await office.store.rereviews.judged_since(since)
    desks = (Desk(desk="reviewers", within=timedelta(minutes=30)),)
    assert await office.store.rereviews.open(judged, desks)

    assert await unserved(office) == []


async def test_somebody_is_called_once_about_a_review(office: Office) -> None:
    review = await waiting(office)
    await office.store.staff.revoke("ann")
    [found] = await office.store.unserved.now(RULES, NO_LIMITS)

    first = await office.store.unserved.uncalled([found])
    for _ in range(2):
        await office.store.unserved.called(found)
    again = await office.store.unserved.uncalled([found])

    assert (first, again) == ([found], [])
    assert (await office.events(review.case_id)).count(Event.REVIEW_UNSERVED) == 1
