"""Decisions on their way from the desk to a story: either taken back or delivered, never both."""

import asyncio
from datetime import timedelta

import pytest

from casework.errors import AlreadyDecided, NotFound, StaleClaim, TooLate
from casework.records import Submission
from casework.words import Severity, Verdict
from storage.claiming import ClaimedReview
from storage.on_the_way import Became
from tests.storage.office import ANN, BEN, LEASE, Office

WHILE = timedelta(seconds=5)


async def held(office: Office) -> ClaimedReview:
    case = await office.opened("det-1", item="m-1")
    await office.ask(case, severity=Severity.HIGH)
    return await office.claim()


async def handed_in(office: Office, claimed: ClaimedReview) -> Submission:
    return await office.store.desk.submit(
        claimed.review_id, ANN, claimed.etag, Verdict.DISMISS, reason="a quote", undo_for=WHILE
    )


async def test_taken_back_the_claim_lives_again_under_another_proof(office: Office) -> None:
    claimed = await held(office)
    submission = await handed_in(office, claimed)

    before = await office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE)

    mine = await office.store.desk.held(claimed.review_id, ANN)
    assert before.reason == "a quote"
    assert mine is not None
    assert mine.etag != claimed.etag
    assert await office.store.reviews.submission(submission.submission_id) is None
    with pytest.raises(StaleClaim):
        await handed_in(office, claimed)


async def test_taken_back_it_is_held_for_a_whole_lease_and_then_free(office: Office) -> None:
    claimed = await held(office)
    submission = await handed_in(office, claimed)
    await office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE)

    at_once = await office.store.desk.claim("reviewers", BEN, LEASE)
    office.clock.passes(LEASE)
    later = await office.claim(BEN)

    assert at_once is None
    assert later.review_id == claimed.review_id


async def test_once_it_may_leave_nobody_takes_it_back(office: Office) -> None:
    submission = await handed_in(office, await held(office))
    early = await office.store.on_the_way.let_go(submission.submission_id)
    office.clock.passes(WHILE)
    gone = await office.store.on_the_way.let_go(submission.submission_id)

    with pytest.raises(TooLate):
        await office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE)

    assert (early, gone) == (False, True)


async def test_handed_in_again_without_a_wait_it_leaves_at_once(office: Office) -> None:
    claimed = await held(office)
    submission = await handed_in(office, claimed)
    await office.submit(claimed, verdict=Verdict.DISMISS)

    with pytest.raises(TooLate):
        await office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE)


async def test_of_many_who_take_it_back_at_once_one_does(office: Office) -> None:
    submission = await handed_in(office, await held(office))

    answers = await asyncio.gather(
        *(
            office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE)
            for _ in range(4)
        ),
        return_exceptions=True,
    )

    assert len([answer for answer in answers if isinstance(answer, Submission)]) == 1
    assert all(isinstance(answer, Submission | NotFound | TooLate) for answer in answers)


async def test_taken_back_and_left_behind_at_once_has_one_outcome(office: Office) -> None:
    submission = await handed_in(office, await held(office))
    office.clock.passes(WHILE)

    back, gone = await asyncio.gather(
        office.store.on_the_way.take_back(submission.submission_id, ANN, LEASE),
        office.store.on_the_way.let_go(submission.submission_id),
        return_exceptions=True,
    )

    assert isinstance(back, TooLate)
    assert gone is True


async def test_what_may_still_be_taken_back_counts_as_left_behind_only_later(
    office: Office,
) -> None:
    submission = await handed_in(office, await held(office))
    office.clock.passes(WHILE)
    at_once = await office.store.desk.pending_submissions(WHILE)
    office.clock.passes(WHILE)

    left = await office.store.desk.pending_submissions(WHILE)

    assert (at_once, left) == ([], [submission])


async def test_nobody_takes_back_or_follows_what_somebody_else_handed_in(office: Office) -> None:
    submission = await handed_in(office, await held(office))

    with pytest.raises(NotFound):
        await office.store.on_the_way.take_back(submission.submission_id, BEN, LEASE)
    with pytest.raises(NotFound):
        await office.store.on_the_way.standing(submission.submission_id, BEN)


async def test_what_became_of_it_is_told_with_the_reason_it_was_refused_for(
    office: Office,
) -> None:
    submission = await handed_in(office, await held(office))
    pending = await office.store.on_the_way.standing(submission.submission_id, ANN)
    await office.store.reviews.refuse(
        submission.submission_id, submission.review_id, submission.case_id, "forbidden"
    )

    refused = await office.store.on_the_way.standing(submission.submission_id, ANN)

    assert (pending.became, pending.deliver_after) == (Became.PENDING, submission.at + WHILE)
    assert (refused.became, refused.why) == (Became.REFUSED, "forbidden")


async def test_whoever_held_a_review_is_told_where_it_is(office: Office) -> None:
    claimed = await held(office)
    where = office.store.on_the_way.whereabouts
    mine = await where(claimed.review_id, ANN)
    office.clock.passes(LEASE)
    free = await where(claimed.review_id, ANN)
    await office.claim(BEN)
    taken = await where(claimed.review_id, ANN)

    assert mine.expired_at is None
    assert (free.expired_at, free.is_with_another) == (claimed.expires_at, False)
    assert (taken.expired_at, taken.is_with_another) == (claimed.expires_at, True)


async def test_where_a_review_is_concerns_only_who_held_it(office: Office) -> None:
    claimed = await held(office)

    with pytest.raises(NotFound):
        await office.store.on_the_way.whereabouts(claimed.review_id, BEN)


async def test_what_somebody_holds_is_what_they_have_not_decided(office: Office) -> None:
    claimed = await held(office)
    before = await office.store.on_the_way.held_by(ANN)
    await handed_in(office, claimed)

    after = await office.store.on_the_way.held_by(ANN)

    assert [each.review_id for each in before] == [claimed.review_id]
    assert after == ()


async def test_another_decision_under_the_same_claim_is_refused(office: Office) -> None:
    claimed = await held(office)
    await handed_in(office, claimed)

    with pytest.raises(AlreadyDecided):
        await office.submit(claimed, verdict=Verdict.ENFORCE)
