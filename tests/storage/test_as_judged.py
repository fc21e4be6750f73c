"""An appeal is heard on what whoever decided could see; what came later is said beside it."""

from datetime import timedelta

from casework.identity import decision_id
from casework.records import ReviewRecord
from casework.words import Channel, HearingKind
from tests.storage.office import SECRET, Office

EDITED = "I never said anything"


async def appealed(office: Office) -> tuple[str, ReviewRecord]:
    case = await office.opened()
    await office.finish(case, await office.enforce(case, by="ann"))
    office.clock.passes(timedelta(hours=1))
    return case, await office.hear_appeal(case)


async def seen_again(office: Office, words: str | None, name: str = "det-late") -> None:
    office.clock.passes(timedelta(hours=1))
    late = office.detection(name, words=words, channel=Channel.USER_REPORT, reporter="somebody")
    await office.receive(late)


async def test_an_item_edited_after_the_decision_is_judged_as_it_was(office: Office) -> None:
    case, review = await appealed(office)
    await seen_again(office, EDITED)

    page = await office.store.reads.review_page(review.review_id)

    decided = await office.store.cases.decision(decision_id(case, 1, HearingKind.FIRST))
    assert page.evidence_at == decided.at
    assert (page.text, page.detections, page.reporters) == (SECRET, 1, 0)
    assert page.later_item is not None
    assert page.later_item.text == EDITED
    assert page.later_item.received_at == office.clock.now


async def test_a_late_report_of_the_same_is_no_edit(office: Office) -> None:
    _, review = await appealed(office)
    await seen_again(office, SECRET)
    await seen_again(office, None, "det-later")

    page = await office.store.reads.review_page(review.review_id)

    assert (page.text, page.later_item) == (SECRET, None)


async def test_an_edit_made_before_the_decision_is_what_was_decided_on(office: Office) -> None:
    case = await office.opened()
    await seen_again(office, EDITED)
    await office.finish(case, await office.enforce(case, by="ann"))
    review = await office.hear_appeal(case)

    page = await office.store.reads.review_page(review.review_id)

    assert (page.text, page.detections, page.later_item) == (EDITED, 2, None)


async def test_a_first_hearing_is_about_what_is_known_now(office: Office) -> None:
    review = await office.ask(await office.opened())
    await seen_again(office, EDITED)

    page = await office.store.reads.review_page(review.review_id)

    assert page.evidence_at is None
    assert (page.text, page.detections, page.reporters) == (EDITED, 2, 1)


async def test_nothing_of_either_is_shown_once_the_evidence_is_erased(office: Office) -> None:
    case, review = await appealed(office)
    await seen_again(office, EDITED)
    await office.store.evidence.erase_evidence(case)

    page = await office.store.reads.review_page(review.review_id)

    assert (page.text, page.later_item) == (None, None)
