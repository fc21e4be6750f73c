"""What is handed out to another team's tool, and who may answer for it."""

from datetime import timedelta

import pytest

from casework.errors import AlreadyDecided, NotFound, StaleClaim, TooLate
from casework.handoffs import HandoffState, HandOut
from casework.identity import handoff_id
from casework.records import Person
from casework.words import Role, Verdict
from storage.handoffs import LEASE
from tests.storage.office import ANN, Office

COOP = Person(id="coop", role=Role.REVIEWER, queues=frozenset({"reviewers"}))


async def lies_there(office: Office) -> HandOut:
    case = await office.opened()
    review = await office.ask(case)
    return HandOut(
        case_id=case,
        review_id=review.review_id,
        desk="reviewers",
        due_at=review.due_at,
        at="coop",
    )


def reference_of(order: HandOut) -> str:
    return handoff_id(order.review_id, order.desk, order.due_at)


@pytest.fixture
async def order(office: Office) -> HandOut:
    """A review that is handed out."""
    made = await lies_there(office)
    await office.store.handoffs.begin(made, reference_of(made))
    return made


async def state(office: Office, order: HandOut) -> HandoffState:
    return (await office.store.handoffs.known(reference_of(order), "coop")).state


async def test_it_is_written_down_once_before_it_is_sent(office: Office, order: HandOut) -> None:
    again = await office.store.handoffs.begin(order, reference_of(order))
    before = await state(office, order)
    for their_id in ("report-1", "report-2"):
        await office.store.handoffs.sent(reference_of(order), their_id)

    assert again is not None
    assert (before, await state(office, order)) == (HandoffState.ASKED, HandoffState.SENT)
    assert (await office.events(order.case_id)).count("handed_out") == 1


async def test_what_has_gone_on_is_not_handed_out(office: Office) -> None:
    order = await lies_there(office)
    await office.store.reviews.hand_over(order.review_id, "leads", order.due_at)

    assert await office.store.handoffs.begin(order, reference_of(order)) is None
    with pytest.raises(NotFound):
        await office.store.handoffs.known(reference_of(order), "coop")


async def test_it_is_known_only_to_the_tool_that_has_it(office: Office, order: HandOut) -> None:
    with pytest.raises(NotFound):
        await office.store.handoffs.known(reference_of(order), "another")


async def test_whoever_answers_for_it_holds_it_and_gets_the_same_claim_again(
    office: Office, order: HandOut
) -> None:
    held = await office.claim(ANN)

    taken = await office.store.handoffs.take(reference_of(order), COOP)
    again = await office.store.handoffs.take(reference_of(order), COOP)

    assert taken == again
    with pytest.raises(StaleClaim):
        await office.submit(held, ANN)


async def test_a_claim_that_ran_out_before_the_answer_is_taken_anew(
    office: Office, order: HandOut
) -> None:
    taken = await office.store.handoffs.take(reference_of(order), COOP)
    office.clock.passes(LEASE)

    anew = await office.store.handoffs.take(reference_of(order), COOP)

    assert anew.etag != taken.etag
    submitted = await office.store.desk.submit(
        order.review_id, COOP, anew.etag, Verdict.DISMISS, (), "seen"
    )
    assert submitted.by.id == "coop"


async def test_an_answer_of_ours_on_its_way_comes_first(office: Office, order: HandOut) -> None:
    await office.submit(await office.claim(ANN), ANN)

    with pytest.raises(AlreadyDecided):
        await office.store.handoffs.take(reference_of(order), COOP)


async def test_after_it_has_gone_on_it_is_too_late(office: Office, order: HandOut) -> None:
    later = order.due_at + timedelta(hours=2)
    await office.store.reviews.hand_over(order.review_id, "leads", later)

    with pytest.raises(TooLate):
        await office.store.handoffs.take(reference_of(order), COOP)


async def test_an_answer_that_counted_stays_one_whatever_is_refused_later(
    office: Office, order: HandOut
) -> None:
    book = office.store.handoffs
    await book.refused(reference_of(order), HandoffState.REFUSED, "coop", {"why": "unknown_action"})
    refused = await state(office, order)
    for _ in range(2):
        await book.answered(reference_of(order), "coop", {})
    await book.refused(reference_of(order), HandoffState.LATE, "coop", {"why": "already_decided"})
    await book.sent(reference_of(order), "report-1")

    assert (refused, await state(office, order)) == (HandoffState.REFUSED, HandoffState.ANSWERED)
    events = await office.events(order.case_id)
    assert (events.count("handout_answered"), events.count("handout_refused")) == (1, 2)
