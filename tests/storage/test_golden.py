"""Golden cases: served to those who do not know them, once, and never in the way of anything."""

from datetime import timedelta

import pytest

from casework.care import CareRules
from casework.errors import Conflict, Gone, NotFound
from casework.golden import TOLD_AFTER, Golden, Marked
from casework.records import Person
from casework.words import HearingKind, Role, Severity, Verdict
from storage.desk import ClaimedReview
from storage.quality_reads import Which
from tests.storage.office import ANN, BEN, LEASE, Office, policy

ALWAYS = CareRules(golden=1.0)
CAT = Person(id="cat", role=Role.REVIEWER)
LEA = Person(id="lea", role=Role.LEAD)


async def decided(office: Office, name: str = "g", by: Person = ANN) -> str:
    case = await office.opened(f"det-{name}", item=f"m-{name}")
    review = await office.ask(case)
    claimed = await office.claim(by)
    await office.submit(claimed, by, Verdict.ENFORCE)
    done = await office.enforce(case, by=by.id, closes=review.review_id, step="1/first")
    await office.finish(case, done)
    return case


async def marked(office: Office, case: str, verdict: Verdict = Verdict.DISMISS) -> Golden:
    said = Marked(case_id=case, verdict=verdict, why="it quotes the rule")
    return await office.store.golden.mark(said, policy(), "lea")


async def waiting(office: Office, number: int, severity: Severity = Severity.HIGH) -> str:
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    await office.ask(case, severity=severity)
    return case


async def claim(office: Office, person: Person = BEN, care: CareRules = ALWAYS) -> ClaimedReview:
    claimed = await office.store.desk.claim("reviewers", person, LEASE, care=care)
    assert claimed is not None
    return claimed


async def answered(office: Office, claimed: ClaimedReview, person: Person = BEN) -> None:
    submission = await office.submit(claimed, person, Verdict.ENFORCE)
    await office.store.rereviews.answer(submission)


async def test_it_is_served_in_place_of_the_next_one_and_that_one_afterwards(
    office: Office,
) -> None:
    known = await decided(office)
    await marked(office, known)
    real = await waiting(office, 1)

    first = await claim(office)
    await answered(office, first)
    second = await claim(office)

    assert (first.case_id, first.hearing) == (known, HearingKind.QUALITY)
    assert first.due_at == second.due_at
    assert second.case_id == real


async def test_without_a_share_or_without_work_none_is_served(office: Office) -> None:
    await marked(office, await decided(office))

    nothing = await office.store.desk.claim("reviewers", BEN, LEASE, care=ALWAYS)
    real = await waiting(office, 1)
    claimed = await claim(office, care=CareRules())

    assert nothing is None
    assert claimed.case_id == real


@pytest.mark.parametrize("person", [ANN, LEA], ids=["who decided it", "who marked it"])
async def test_nobody_who_knows_it_is_served_it(office: Office, person: Person) -> None:
    await marked(office, await decided(office))
    real = await waiting(office, 1)

    assert (await claim(office, person)).case_id == real


async def test_nobody_is_served_the_same_one_twice(office: Office) -> None:
    await marked(office, await decided(office))
    await waiting(office, 1)
    await answered(office, await claim(office))
    office.clock.passes(timedelta(hours=2))

    again = await claim(office)
    other = await office.store.desk.claim("reviewers", CAT, LEASE, care=ALWAYS)

    assert again.hearing is HearingKind.FIRST
    assert other is None


async def test_two_do_not_follow_one_another_within_the_hour(office: Office) -> None:
    for name in ("g", "h"):
        await marked(office, await decided(office, name))
    await waiting(office, 1)
    await waiting(office, 2)

    one = await claim(office)
    await answered(office, one)
    two = await claim(office)
    await office.submit(two, BEN)
    office.clock.passes(timedelta(hours=1))
    three = await claim(office)

    kinds = [each.hearing for each in (one, two, three)]
    assert kinds == [HearingKind.QUALITY, HearingKind.FIRST, HearingKind.QUALITY]


async def test_it_never_goes_before_a_critical_case(office: Office) -> None:
    await marked(office, await decided(office))
    urgent = await waiting(office, 1, Severity.CRITICAL)

    assert (await claim(office)).case_id == urgent


async def test_what_is_retired_or_erased_is_not_served(office: Office) -> None:
    retired = await marked(office, await decided(office, "g"))
    await office.store.golden.retire(retired.golden_id, "lea")
    await office.store.golden.retire(retired.golden_id, "lea")
    erased = await decided(office, "h")
    await marked(office, erased)
    await office.store.evidence.erase_evidence(erased)
    real = await waiting(office, 1)

    assert (await claim(office)).case_id == real
    assert (await office.events(retired.case_id)).count("golden_retired") == 1
    [left] = await office.store.golden.standing()
    assert (left.case_id, left.why) == (erased, "")


async def test_a_golden_case_in_hand_is_not_an_open_question_of_its_case(office: Office) -> None:
    known = await decided(office)
    await marked(office, known)
    await waiting(office, 1)
    before = await office.store.reads.case(known)

    await answered(office, await claim(office))

    assert await office.store.reads.case(known) == before
    assert await office.store.rereviews.judged_since((before.opened_at, "")) == []


async def test_a_case_is_golden_once_and_only_if_somebody_decided_it(office: Office) -> None:
    case = await decided(office)
    await marked(office, case)
    undecided = await waiting(office, 1)
    gone = await decided(office, "h", CAT)
    await office.store.evidence.erase_evidence(gone)

    with pytest.raises(Conflict):
        await marked(office, case)
    with pytest.raises(NotFound):
        await marked(office, undecided)
    with pytest.raises(Gone):
        await marked(office, gone)


async def test_whoever_answered_is_told_the_day_after(office: Office) -> None:
    await marked(office, await decided(office))
    await waiting(office, 1)
    long_ago = office.clock.now
    await answered(office, await claim(office))

    at_once = await office.store.quality.lessons("ben", long_ago)
    office.clock.passes(TOLD_AFTER)
    [lesson] = await office.store.quality.lessons("ben", long_ago)
    [answer] = await office.store.quality.golden_answers(Which(since=long_ago))

    assert at_once == []
    assert (lesson.said.verdict, lesson.right.verdict) == (Verdict.ENFORCE, Verdict.DISMISS)
    assert lesson.why == "it quotes the rule"
    assert (answer.said.by, answer.right.by) == ("ben", "lea")
