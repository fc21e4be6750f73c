"""Appeals as the person concerned files them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from casework.errors import (
    AlreadyAppealed,
    AppealWindowClosed,
    Malformed,
    NotFound,
    TooLarge,
)
from casework.words import ActionKind
from storage.appeal_views import AppealState
from tests.storage.office import Office

WORDS = "I was quoting somebody else"
TOLD = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)
LAST = datetime(2027, 2, 28, 12, 0, tzinfo=UTC)
"""Six calendar months later: February has no 31st."""


async def told(office: Office) -> str:
    """The notice of an enforced case, delivered at TOLD."""
    case = await office.opened()
    office.clock.stands_at(TOLD)
    decided = await office.enforce(case)
    await office.finish(case, decided)
    assert decided.notice_id is not None
    return decided.notice_id


async def test_an_appeal_a_second_before_the_end_of_the_window_is_taken(office: Office) -> None:
    notice = await told(office)
    office.clock.stands_at(LAST - timedelta(seconds=1))

    filed = await office.store.appeals.file(notice, WORDS)

    assert filed.start.harm == "harassment"
    assert (await office.store.appeals.look(notice)).state is AppealState.FILED


async def test_an_appeal_a_second_after_the_end_of_the_window_is_refused(office: Office) -> None:
    notice = await told(office)
    office.clock.stands_at(LAST + timedelta(seconds=1))

    with pytest.raises(AppealWindowClosed):
        await office.store.appeals.file(notice, WORDS)

    assert (await office.store.appeals.look(notice)).state is AppealState.TOO_LATE


async def test_the_window_does_not_begin_before_the_notice_is_delivered(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    office.clock.passes(timedelta(days=1_000))

    view = await office.store.appeals.look(decided.notice_id or "")
    filed = await office.store.appeals.file(decided.notice_id or "", WORDS)

    assert (view.state, view.deadline) == (AppealState.POSSIBLE, None)
    assert filed.decision_id == decided.decision_id


async def test_a_second_appeal_is_refused(office: Office) -> None:
    notice = await told(office)
    await office.store.appeals.file(notice, WORDS)

    with pytest.raises(AlreadyAppealed):
        await office.store.appeals.file(notice, "once more")


async def test_appeals_filed_at_once_are_one(office: Office) -> None:
    notice = await told(office)

    answers = await asyncio.gather(
        *(office.store.appeals.file(notice, WORDS) for _ in range(6)), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, AlreadyAppealed)]
    assert len(refused) == 5


async def test_a_notice_with_nothing_to_appeal_looks_like_none(office: Office) -> None:
    notice = await told(office)
    await office.sql("UPDATE notices SET appeal_within = NULL")

    for unknown in (notice, "n-unknown"):
        with pytest.raises(NotFound):
            await office.store.appeals.file(unknown, WORDS)
        with pytest.raises(NotFound):
            await office.store.appeals.look(unknown)


@pytest.mark.parametrize(("words", "error"), [("  ", Malformed), ("x" * 5_001, TooLarge)])
async def test_an_appeal_says_why_and_not_too_much(
    office: Office, words: str, error: type[Exception]
) -> None:
    notice = await told(office)

    with pytest.raises(error):
        await office.store.appeals.file(notice, words)


async def test_the_page_of_an_appeal_says_what_was_done_and_until_when(office: Office) -> None:
    notice = await told(office)

    view = await office.store.appeals.look(notice)

    assert (view.state, view.deadline) == (AppealState.POSSIBLE, LAST)
    assert view.measures == (ActionKind.REMOVE_ITEM,)
    assert view.grounds == "Rules 3.1"


async def test_an_appeal_no_story_began_for_is_found(office: Office) -> None:
    notice = await told(office)
    filed = await office.store.appeals.file(notice, WORDS)
    office.clock.passes(timedelta(seconds=5))

    left = await office.store.appeals.unstarted(timedelta(seconds=5))

    assert left == [filed.start]


async def test_the_words_of_an_appeal_reach_its_reviewer_and_nobody_else(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    review = await office.hear_appeal(case)

    page = await office.store.reads.review_page(review.review_id)

    assert page.appeal_words == "please look"
