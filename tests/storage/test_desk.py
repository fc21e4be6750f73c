"""Claims: one person at a time, the most urgent first, for a while."""

import asyncio
from datetime import timedelta

import pytest

from casework.errors import (
    AlreadyDecided,
    CaseClosed,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    StaleClaim,
)
from casework.records import Person
from casework.ruling import Measure
from casework.words import (
    ActionKind,
    Channel,
    Confidence,
    Outcome,
    Role,
    Severity,
    SubmissionState,
    Verdict,
)
from storage.handing_in import Besides
from storage.store import Store
from tests.storage.office import ANN, BEN, LEASE, Office

HATE_ONLY = Person(id="hal", role=Role.REVIEWER, harms=frozenset({"hate"}))
LEADS_ONLY = Person(id="lea", role=Role.LEAD, queues=frozenset({"leads"}))


async def waiting(office: Office, number: int = 1, severity: Severity = Severity.HIGH) -> str:
    """A case that waits for a person."""
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    await office.ask(case, severity=severity)
    return case


async def test_two_claims_at_once_get_one_review_to_one_person(office: Office) -> None:
    await waiting(office)

    claims = await asyncio.gather(
        *(
            office.store.desk.claim("reviewers", Person(id=f"p-{n}", role=Role.REVIEWER), LEASE)
            for n in range(8)
        )
    )

    assert len([claim for claim in claims if claim is not None]) == 1


async def test_many_claims_at_once_share_the_queue_out(office: Office) -> None:
    for number in range(6):
        await waiting(office, number)

    claims = await asyncio.gather(
        *(
            office.store.desk.claim("reviewers", Person(id=f"p-{n}", role=Role.REVIEWER), LEASE)
            for n in range(6)
        )
    )

    assert len({claim.review_id for claim in claims if claim is not None}) == 6


async def test_two_processes_never_claim_the_same_review(office: Office, database_url: str) -> None:
    await waiting(office)
    other = Store.open(database_url, office.store.keyring, office.clock)

    claims = await asyncio.gather(
        office.store.desk.claim("reviewers", ANN, LEASE),
        other.desk.claim("reviewers", BEN, LEASE),
    )

    await other.close()
    assert len([claim for claim in claims if claim is not None]) == 1


async def test_the_most_severe_case_is_claimed_first(office: Office) -> None:
    await waiting(office, 1, Severity.LOW)
    critical = await waiting(office, 2, Severity.CRITICAL)
    await waiting(office, 3, Severity.MEDIUM)

    claimed = await office.claim()

    assert claimed.case_id == critical


async def test_of_equal_severity_the_one_due_first_is_claimed_first(office: Office) -> None:
    late, soon = await office.opened("det-1"), await office.opened("det-2", item="m-2")
    await office.ask(late, within=timedelta(hours=4))
    await office.ask(soon, within=timedelta(hours=1))

    claimed = await office.claim()

    assert claimed.case_id == soon


async def test_of_equally_due_ones_the_most_reported_is_claimed_first(office: Office) -> None:
    await waiting(office, 1)
    reported = await waiting(office, 2)
    await office.store.intake.acknowledged("det-2")
    report = office.detection("det-3", item="m-2", channel=Channel.USER_REPORT, reporter="u-7")
    await office.receive(report)

    claimed = await office.claim()

    assert claimed.case_id == reported


async def test_whoever_holds_a_review_of_the_queue_gets_it_again(office: Office) -> None:
    await waiting(office, 1)
    await waiting(office, 2)

    first = await office.claim()
    again = await office.claim()

    assert again == first


async def test_a_claim_that_ran_out_goes_to_somebody_else(office: Office) -> None:
    await waiting(office)
    first = await office.claim(ANN)
    office.clock.passes(LEASE)

    second = await office.claim(BEN)

    assert second.review_id == first.review_id
    assert await office.store.desk.held(first.review_id, ANN) is None
    with pytest.raises(StaleClaim):
        await office.submit(first, ANN)


async def test_an_extended_claim_lasts_longer_under_the_same_etag(office: Office) -> None:
    await waiting(office)
    first = await office.claim(ANN)
    office.clock.passes(LEASE / 2)

    extended = await office.store.desk.extend(first.review_id, ANN, first.etag, LEASE)

    office.clock.passes(LEASE / 2)
    assert await office.store.desk.claim("reviewers", BEN, LEASE) is None
    assert await office.store.desk.held(first.review_id, ANN) == extended


async def test_a_released_review_is_free_at_once(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim(ANN)

    await office.store.desk.release(claimed.review_id, ANN, claimed.etag)
    await office.store.desk.release(claimed.review_id, ANN, claimed.etag)

    assert (await office.claim(BEN)).review_id == claimed.review_id


@pytest.mark.parametrize("etag", ["", "another"])
async def test_nothing_is_done_under_a_wrong_etag(office: Office, etag: str) -> None:
    await waiting(office)
    claimed = await office.claim(ANN)

    with pytest.raises(StaleClaim):
        await office.store.desk.submit(claimed.review_id, ANN, etag, Verdict.DISMISS)
    with pytest.raises(StaleClaim):
        await office.store.desk.extend(claimed.review_id, ANN, etag, LEASE)
    with pytest.raises(StaleClaim):
        await office.store.desk.release(claimed.review_id, ANN, etag)


async def test_another_person_s_etag_is_of_no_use(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim(ANN)

    with pytest.raises(StaleClaim):
        await office.submit(claimed, BEN)


@pytest.mark.parametrize("person", [HATE_ONLY, LEADS_ONLY])
async def test_nobody_claims_out_of_scope(office: Office, person: Person) -> None:
    await waiting(office)

    claimed = await office.store.desk.claim("reviewers", person, LEASE)

    assert claimed is None


async def test_an_unknown_review_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.desk.submit("r-0", ANN, "x", Verdict.DISMISS)


# -- decisions handed in ---------------------------------------------------------------------------


async def test_a_decision_handed_in_is_read_back_by_the_story(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()

    submitted = await office.submit(claimed)

    assert await office.store.reviews.submission(submitted.submission_id) == submitted
    assert submitted.by == ANN


async def test_what_is_said_beside_a_verdict_is_read_back_by_the_story(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()
    besides = Besides(confidence=Confidence.LIKELY, grounds="threat", wants_second=True)
    remove = (Measure(kind=ActionKind.REMOVE_ITEM),)

    submitted = await office.store.desk.submit(
        claimed.review_id, ANN, claimed.etag, Verdict.ENFORCE, remove, "seen", besides
    )

    read = await office.store.reviews.submission(submitted.submission_id)
    assert read == submitted
    assert read is not None
    assert (read.confidence, read.grounds, read.wants_second) == ("likely", "threat", True)


async def test_the_same_verdict_on_other_grounds_is_another_decision(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()
    said = (claimed.review_id, ANN, claimed.etag, Verdict.ENFORCE, (), "seen")
    await office.store.desk.submit(*said, Besides(grounds="threat"))

    with pytest.raises(AlreadyDecided):
        await office.store.desk.submit(*said, Besides(grounds="insult"))


async def test_nobody_dismisses_on_the_ground_of_a_rule(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()
    said = (claimed.review_id, ANN, claimed.etag, Verdict.DISMISS, (), "seen")

    with pytest.raises(Malformed):
        await office.store.desk.submit(*said, Besides(grounds="threat"))


async def test_the_same_decision_again_gets_the_same_answer_even_after_it_counted(
    office: Office,
) -> None:
    case = await waiting(office)
    claimed = await office.claim()
    submitted = await office.submit(claimed)
    again = await office.submit(claimed)
    await office.dismiss(case, by="ann", closes=claimed.review_id, step="1/first")

    later = await office.submit(claimed)

    assert submitted == again
    assert later == submitted.model_copy(update={"state": SubmissionState.ACCEPTED})
    assert (await office.events(case)).count("submitted") == 1


async def test_two_decisions_at_once_under_one_claim_are_one(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()

    answers = await asyncio.gather(
        office.submit(claimed), office.submit(claimed, verdict=Verdict.ENFORCE),
        return_exceptions=True,
    )  # fmt: skip

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], AlreadyDecided)


async def test_two_people_submitting_at_once_are_one_accepted(office: Office) -> None:
    await waiting(office)
    old = await office.claim(ANN)
    office.clock.passes(LEASE)
    new = await office.claim(BEN)

    answers = await asyncio.gather(
        office.submit(old, ANN), office.submit(new, BEN), return_exceptions=True
    )

    assert isinstance(answers[0], StaleClaim)
    assert not isinstance(answers[1], BaseException)


async def test_a_review_is_held_while_its_decision_waits_for_the_story(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim(ANN)
    await office.submit(claimed, ANN)
    office.clock.passes(timedelta(days=30))

    claimed_by_another = await office.store.desk.claim("reviewers", BEN, LEASE)

    assert claimed_by_another is None


async def test_whoever_handed_in_gets_the_next_review(office: Office) -> None:
    await waiting(office, 1)
    await waiting(office, 2)
    first = await office.claim(ANN)
    await office.submit(first, ANN)

    second = await office.claim(ANN)

    assert second.review_id != first.review_id


async def test_a_refused_decision_puts_the_review_back(office: Office) -> None:
    case = await waiting(office)
    claimed = await office.claim(ANN)
    submitted = await office.submit(claimed, ANN)

    for _ in range(2):
        await office.store.reviews.refuse(
            submitted.submission_id, claimed.review_id, case, "forbidden"
        )

    assert (await office.claim(BEN)).review_id == claimed.review_id
    assert (await office.events(case)).count("submission_refused") == 1


@pytest.mark.parametrize(
    ("verdict", "measures"),
    [
        (Verdict.UPHELD, ()),
        (Verdict.REVIEW, ()),
        (Verdict.DISMISS, (Measure(kind=ActionKind.REMOVE_ITEM),)),
        (Verdict.ENFORCE, (Measure(kind=ActionKind.REMOVE_ITEM),) * 2),
    ],
)
async def test_a_verdict_that_does_not_answer_the_question_is_refused(
    office: Office, verdict: Verdict, measures: tuple[Measure, ...]
) -> None:
    await waiting(office)
    claimed = await office.claim()

    with pytest.raises(Malformed):
        await office.store.desk.submit(claimed.review_id, ANN, claimed.etag, verdict, measures)

    assert await office.store.desk.held(claimed.review_id, ANN) == claimed


async def test_a_decided_review_takes_no_other_decision(office: Office) -> None:
    case = await waiting(office)
    claimed = await office.claim()
    await office.dismiss(case, by="nobody", closes=claimed.review_id, step="1/first")

    with pytest.raises(AlreadyDecided):
        await office.submit(claimed)


async def test_a_closed_case_takes_no_decision(office: Office) -> None:
    case = await waiting(office)
    claimed = await office.claim()
    await office.dismiss(case, by="nobody", closes=claimed.review_id, step="1/first")
    await office.store.cases.close(case, 1, Outcome.DISMISSED)

    with pytest.raises(CaseClosed):
        await office.submit(claimed)


async def test_a_claim_under_which_was_decided_cannot_be_released(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()
    await office.submit(claimed)

    with pytest.raises(Conflict):
        await office.store.desk.release(claimed.review_id, ANN, claimed.etag)


async def test_decisions_that_no_story_answered_are_found(office: Office) -> None:
    await waiting(office)
    submitted = await office.submit(await office.claim())
    at_once = await office.store.desk.pending_submissions(timedelta(seconds=5))
    office.clock.passes(timedelta(seconds=5))

    left = await office.store.desk.pending_submissions(timedelta(seconds=5))

    assert (at_once, left) == ([], [submitted])


async def test_rights_withdrawn_after_handing_in_do_not_count(office: Office) -> None:
    await office.store.staff.add(ANN, "token")
    await waiting(office)
    submitted = await office.submit(await office.claim())

    await office.store.staff.revoke(ANN.id)

    found = await office.store.reviews.submission(submitted.submission_id)
    assert found is not None
    assert not found.by.may_work_on(harm="harassment", queue="reviewers")


# -- notes and escalations -------------------------------------------------------------------------


async def test_a_note_is_shown_to_colleagues_and_stored_sealed(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()

    await office.store.desk.note(claimed.review_id, ANN, "same person as yesterday")

    [note] = (await office.store.reads.review_page(claimed.review_id)).notes
    assert (note.by, note.text) == ("ann", "same person as yesterday")


async def test_nobody_notes_or_escalates_out_of_scope(office: Office) -> None:
    await waiting(office)
    claimed = await office.claim()

    with pytest.raises(Forbidden):
        await office.store.desk.note(claimed.review_id, HATE_ONLY, "let me see")
    with pytest.raises(Forbidden):
        await office.store.desk.request_escalation(claimed.review_id, HATE_ONLY, "asked")


async def test_an_escalation_asked_for_is_on_record(office: Office) -> None:
    case = await waiting(office)
    claimed = await office.claim()

    asked = await office.store.desk.request_escalation(claimed.review_id, ANN, "legal")

    assert (asked.case_id, asked.reason) == (case, "legal")
    assert "escalation_requested" in await office.events(case)
