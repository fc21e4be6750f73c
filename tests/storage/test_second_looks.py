"""Decisions looked at again: drawn once, kept from whoever had a part, and without any effect."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.errors import AlreadyDecided, CaseClosed, Forbidden
from casework.identity import review_id
from casework.policy_parts import Desk
from casework.records import Person, Settled
from casework.rereviews import LAPSES_AFTER, SETTLED_FOR, Judged
from casework.ruling import Measure
from casework.words import ActionKind, HearingKind, Role, Severity, Verdict
from storage.audit_line import Event
from storage.tables import decisions, rereviews, reviews
from tests.storage.office import ANN, BEN, LEASE, Office

DESKS = (Desk(desk="reviewers", within=timedelta(hours=4)),)
CAT = Person(id="cat", role=Role.REVIEWER)


async def decided_by_ann(office: Office, name: str = "1") -> str:
    """A case that Ann enforced and that is over, long enough ago to be drawn."""
    case = await office.opened(f"det-{name}", item=f"m-{name}")
    review = await office.ask(case)
    claimed = await office.claim(ANN)
    await office.submit(claimed, ANN, Verdict.ENFORCE)
    decided = await office.enforce(case, by="ann", closes=review.review_id, step="1/first")
    await office.finish(case, decided)
    office.clock.passes(SETTLED_FOR)
    return case


async def drawn(office: Office) -> Judged:
    [judged] = await office.store.rereviews.judged_since((office.clock.now - timedelta(days=7), ""))
    return judged


async def asked_again(office: Office) -> str:
    """The case of a second look that waits."""
    case = await decided_by_ann(office)
    assert await office.store.rereviews.open(await drawn(office), DESKS)
    return case


async def stored(office: Office, case: str) -> tuple[str | None, ...]:
    """Of the second look: whose, what, and why it lapsed."""
    found = select(rereviews).where(rereviews.c.case_id == case)
    async with office.store.database.reading() as tx:
        row = await tx.row(found)
    assert row is not None
    return row.first_by, row.by, row.verdict, row.lapsed_why


async def test_only_what_people_decided_first_is_drawn_and_only_once_it_has_stood(
    office: Office,
) -> None:
    machine = await office.opened("det-m", item="m-m")
    await office.enforce(machine)
    case = await decided_by_ann(office)
    young = await office.opened("det-y", item="m-y")
    review = await office.ask(young)
    await office.dismiss(young, by="ben", closes=review.review_id, step="1/first")

    judged = await office.store.rereviews.judged_since((office.clock.now - timedelta(days=1), ""))
    later = await office.store.rereviews.judged_since((judged[-1].at, judged[-1].decision_id))

    assert [each.case_id for each in judged] == [case]
    assert later == []


async def test_two_processes_ask_once(office: Office) -> None:
    await decided_by_ann(office)
    judged = await drawn(office)

    opened = await asyncio.gather(*(office.store.rereviews.open(judged, DESKS) for _ in range(4)))

    assert sorted(opened) == [False, False, False, True]


async def test_somebody_else_is_asked_and_nobody_who_had_a_part(office: Office) -> None:
    case = await asked_again(office)

    ann = await office.store.desk.claim("reviewers", ANN, LEASE)
    ben = await office.claim(BEN)

    assert ann is None
    assert ben.review_id == review_id(case, 1, HearingKind.QUALITY)
    assert ben.due_at == office.clock.now + timedelta(hours=4)


async def test_who_holds_it_is_told_nothing_of_the_decision(office: Office) -> None:
    case = await asked_again(office)
    lead = Person(id="lea", role=Role.LEAD)
    await office.store.desk.note(review_id(case, 1, HearingKind.FIRST), lead, "clearly bad")
    claimed = await office.claim(BEN)
    await office.store.desk.note(claimed.review_id, BEN, "my own note")

    page = await office.store.reads.review_page(claimed.review_id)
    first = await office.store.reads.review_page(review_id(case, 1, HearingKind.FIRST))

    assert page.hearing is HearingKind.FIRST
    assert page.text == first.text
    assert (page.decisions, [note.text for note in page.notes]) == ((), ["my own note"])
    assert [note.text for note in first.notes] == ["clearly bad"]


async def test_the_answer_is_written_down_and_changes_nothing(office: Office) -> None:
    case = await asked_again(office)
    before = await office.store.reads.case(case)
    claimed = await office.claim(BEN)
    submission = await office.submit(claimed, BEN, Verdict.DISMISS)

    await office.store.rereviews.answer(submission)
    await office.store.rereviews.answer(submission)

    assert await stored(office, case) == ("ann", "ben", "dismiss", None)
    assert (await office.events(case)).count(Event.REREVIEWED) == 1
    assert await office.store.reads.case(case) == before
    assert await office.store.reviews.settled(claimed.review_id) is None
    async with office.store.database.reading() as tx:
        made = select(decisions.c.by).where(decisions.c.case_id == case)
        assert [row.by for row in await tx.rows(made)] == ["ann"]
        state = select(reviews.c.state).where(reviews.c.review_id == claimed.review_id)
        assert await tx.value(state) == "closed"


async def test_whoever_took_a_second_look_does_not_hear_the_appeal(office: Office) -> None:
    case = await asked_again(office)
    claimed = await office.claim(BEN)
    await office.store.rereviews.answer(await office.submit(claimed, BEN, Verdict.ENFORCE))

    appeal = await office.hear_appeal(case)

    assert set(appeal.excluded) == {"ann", "ben"}


async def test_who_gets_a_part_while_it_waits_is_not_counted(office: Office) -> None:
    await asked_again(office)
    claimed = await office.claim(BEN)
    submission = await office.submit(claimed, BEN, Verdict.DISMISS)
    await office.sql(
        f"INSERT INTO exclusions (review_id, person) VALUES ('{claimed.review_id}', 'ben')"
    )

    with pytest.raises(Forbidden):
        await office.store.rereviews.answer(submission)


async def test_nobody_is_asked_about_what_was_erased(office: Office) -> None:
    case = await decided_by_ann(office)
    judged = await drawn(office)
    await office.store.evidence.erase_evidence(case)

    opened = await office.store.rereviews.open(judged, DESKS)

    assert opened is False


async def test_evidence_erased_in_between_closes_it_unanswered(office: Office) -> None:
    case = await asked_again(office)
    claimed = await office.claim(BEN)
    submission = await office.submit(claimed, BEN, Verdict.DISMISS)

    await office.store.evidence.erase_evidence(case)

    with pytest.raises((CaseClosed, AlreadyDecided)):
        await office.store.rereviews.answer(submission)
    assert await stored(office, case) == ("ann", None, None, "erased")


async def test_an_answer_after_the_case_asked_again_does_not_count(office: Office) -> None:
    case = await asked_again(office)
    claimed = await office.claim(BEN)
    submission = await office.submit(claimed, BEN, Verdict.DISMISS)
    await office.sql(f"UPDATE cases SET round = 2 WHERE case_id = '{case}'")

    await office.store.rereviews.answer(submission)

    assert await stored(office, case) == ("ann", None, None, "reopened")


async def test_it_looks_newly_asked_until_it_lapses(office: Office) -> None:
    case = await asked_again(office)
    office.clock.passes(timedelta(hours=5))

    [due] = await office.store.rereviews.due()
    await office.store.rereviews.ask_anew(due, timedelta(hours=4))
    anew = (await office.claim(BEN)).due_at - office.clock.now
    office.clock.passes(LAPSES_AFTER)
    await office.store.rereviews.ask_anew(due, timedelta(hours=4))

    assert anew == timedelta(hours=4)
    assert await stored(office, case) == ("ann", None, None, "unanswered")
    assert await office.store.desk.claim("reviewers", CAT, LEASE) is None


async def test_it_does_not_lapse_in_somebody_s_hands(office: Office) -> None:
    case = await asked_again(office)
    office.clock.passes(LAPSES_AFTER)
    [due] = await office.store.rereviews.due()
    await office.claim(BEN)

    await office.store.rereviews.ask_anew(due, timedelta(hours=4))

    assert await stored(office, case) == ("ann", None, None, None)


async def test_work_that_somebody_waits_for_goes_first(office: Office) -> None:
    await asked_again(office)
    case = await office.opened("det-2", item="m-2")
    await office.ask(case, severity=Severity.MEDIUM)

    claimed = await office.claim(BEN)

    assert claimed.case_id == case


async def test_settling_refuses_a_second_look(office: Office) -> None:
    case = await asked_again(office)
    ban = (Measure(kind=ActionKind.BAN_ACCOUNT),)
    decision = await office.decision(case, Verdict.ENFORCE, "ben", HearingKind.QUALITY, ban)
    owed = await office.planned(case, ActionKind.BAN_ACCOUNT, by="ben")

    with pytest.raises(Forbidden):
        await office.store.cases.settle(Settled(decision=decision, actions=owed), "1/quality")
