"""Reviews as stories see them: handed over, seconded, settled, appealed."""

from datetime import timedelta

import pytest

from casework.errors import AlreadyDecided, Forbidden, NotFound
from casework.queueing import APPEALS
from casework.records import Settled
from casework.words import HearingKind, SubmissionState, Verdict
from tests.storage.office import ANN, BEN, LEASE, Office


async def test_a_review_handed_over_is_at_the_next_desk_and_its_claim_ends(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    claimed = await office.claim(ANN)
    due_at = office.clock.now + timedelta(hours=6)

    for _ in range(2):
        await office.store.reviews.hand_over(review.review_id, "leads", due_at)

    moved = await office.store.reviews.review(review.review_id)
    view = await office.store.reads.case(case)
    assert (moved.desk, moved.due_at) == ("leads", due_at)
    assert (view.queue, view.deadline) == ("leads", due_at)
    assert await office.store.desk.held(claimed.review_id, ANN) is None
    assert (await office.claim(BEN, "leads")).review_id == review.review_id
    assert (await office.events(case)).count("handed_over") == 1


async def test_handing_over_again_later_does_not_end_a_new_claim(office: Office) -> None:
    review = await office.ask(await office.opened())
    due_at = office.clock.now + timedelta(hours=6)
    await office.store.reviews.hand_over(review.review_id, "leads", due_at)
    await office.claim(BEN, "leads")

    await office.store.reviews.hand_over(review.review_id, "leads", due_at)

    assert await office.store.desk.held(review.review_id, BEN) is not None


async def test_a_decision_handed_in_before_the_hand_over_still_counts(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    submitted = await office.submit(await office.claim(ANN), ANN)
    due_at = office.clock.now + timedelta(hours=6)

    await office.store.reviews.hand_over(review.review_id, "leads", due_at)

    assert await office.store.desk.claim("leads", BEN, LEASE) is None
    assert await office.store.reviews.submission(submitted.submission_id) == submitted


async def test_the_first_of_two_is_kept_and_another_has_to_second_it(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    first = await office.submit(await office.claim(ANN), ANN, Verdict.ENFORCE)

    for _ in range(2):
        await office.store.reviews.keep_as_first(first)

    kept = first.model_copy(update={"state": SubmissionState.FIRST})
    assert await office.store.reviews.earlier(review.review_id) == (kept,)
    assert await office.store.desk.claim("reviewers", ANN, LEASE) is None
    assert (await office.claim(BEN)).review_id == review.review_id
    assert (await office.events(case)).count("first_of_two") == 1


async def test_a_review_knows_its_final_decision(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    before = await office.store.reviews.settled(review.review_id)

    decided = await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")

    assert before is None
    assert await office.store.reviews.settled(review.review_id) == decided


async def test_a_made_up_submission_is_refused_and_audited_once(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)

    found = await office.store.reviews.submission("s-made-up")
    for _ in range(2):
        await office.store.reviews.refuse("s-made-up", review.review_id, case, "not_submitted")

    assert found is None
    assert (await office.events(case)).count("submission_refused") == 1


@pytest.mark.parametrize("given", ["x" * 5_000, "\x00", "s-\u202e"])
async def test_an_odd_made_up_id_hurts_nobody(office: Office, given: str) -> None:
    case = await office.opened()

    await office.store.reviews.refuse(given, "r-1", case, "not_submitted")

    assert "submission_refused" in await office.events(case)


# -- appeals ---------------------------------------------------------------------------------------


async def test_an_appeal_is_heard_by_nobody_who_decided_before(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    decided = await office.enforce(case, by="ann", closes=review.review_id, step="1/first")
    await office.finish(case, decided)

    appeal = await office.hear_appeal(case)

    assert appeal.excluded == ("ann",)
    assert await office.store.desk.claim(APPEALS, ANN, LEASE) is None
    assert (await office.claim(BEN, APPEALS)).hearing is HearingKind.APPEAL


async def test_who_was_the_first_of_two_does_not_hear_the_appeal_either(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    first = await office.submit(await office.claim(ANN), ANN, Verdict.ENFORCE)
    await office.store.reviews.keep_as_first(first)
    decided = await office.enforce(case, by="ben", closes=review.review_id, step="1/first")
    await office.finish(case, decided)

    appeal = await office.hear_appeal(case)

    assert appeal.excluded == ("ann", "ben")


async def test_an_excluded_person_s_decision_is_refused_under_whatever_claim(
    office: Office,
) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case, by="ann"))
    appeal = await office.hear_appeal(case)
    claimed = await office.claim(BEN, APPEALS)
    await office.sql("UPDATE claims SET person = 'ann' WHERE ended_at IS NULL")

    with pytest.raises(Forbidden):
        await office.store.desk.submit(appeal.review_id, ANN, claimed.etag, Verdict.UPHELD)


async def test_opening_an_appeal_twice_answers_the_review_as_it_stands(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    appeal = await office.hear_appeal(case)
    due_at = office.clock.now + timedelta(days=2)
    await office.store.reviews.hand_over(appeal.review_id, "leads", due_at)
    [filed] = [line for line in await office.store.reads.timeline(case) if "appeal_id" in line.facts
               and line.event == "appeal_filed"]  # fmt: skip

    again = await office.store.reviews.open_appeal(filed.facts["appeal_id"], appeal)

    assert again.desk == "leads"
    assert (await office.events(case)).count("appeal_opened") == 1


async def test_an_appeal_nobody_filed_is_not_opened(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    review = await office.hear_appeal(case)

    with pytest.raises(NotFound):
        await office.store.reviews.open_appeal("p-unknown", review)


async def test_an_overturned_appeal_is_closed_with_its_outcome(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    notice = decided.notice_id or ""
    await office.finish(case, decided)
    appeal = await office.hear_appeal(case)
    await office.overturn(case)
    [start] = [line for line in await office.store.reads.timeline(case)
               if line.event == "appeal_filed"]  # fmt: skip

    for _ in range(2):
        await office.store.reviews.close_appeal(start.facts["appeal_id"])

    view = await office.store.appeals.look(notice)
    assert view.outcome is Verdict.OVERTURNED
    assert await office.store.reviews.appealed_decision(appeal.review_id) == decided.decision_id
    assert (await office.events(case)).count("appeal_closed") == 1


async def test_an_appeal_is_decided_once(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    await office.hear_appeal(case)
    first = await office.overturn(case)

    again = await office.overturn(case)

    assert again == first
    decision = await office.decision(case, Verdict.UPHELD, "cleo", HearingKind.APPEAL)
    with pytest.raises(AlreadyDecided):
        await office.store.cases.settle(Settled(decision=decision), "another")
