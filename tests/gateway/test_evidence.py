"""Evidence on a page: as it was written, as it was read, and what matched."""

import pytest

from casework.finding import Finding, Match, Reading
from gateway.console.evidence import LONG, View, views
from tests.gateway.browser import browser
from tests.gateway.counter import Counter


def finding(*matches: Match) -> Finding:
    return Finding(check="scam_signs", score=0.7, matches=matches)


def shown(view: View) -> str:
    return "".join(piece.text for part in view.parts for piece in part.pieces)


def highlighted(view: View) -> list[str]:
    return [piece.text for part in view.parts for piece in part.pieces if piece.signs]


def test_what_matched_is_marked_where_it_stands() -> None:
    found = finding(Match(start=4, end=8, label="link"))

    [view] = views("see a.gg now", [found])

    assert highlighted(view) == ["a.gg"]
    assert shown(view) == "see a.gg now"


def test_two_signs_over_one_another_are_each_named_where_they_hold() -> None:
    found = finding(
        Match(start=0, end=6, label="urgency"), Match(start=3, end=9, label="money_lure")
    )

    [view] = views("abcdefghi", [found])

    marks = [(piece.text, piece.signs) for piece in view.parts[0].pieces]
    assert marks == [
        ("abc", ("urgency",)),
        ("def", ("urgency", "money_lure")),
        ("ghi", ("money_lure",)),
    ]


def test_a_disguise_is_shown_as_the_checks_read_it() -> None:
    written, read = views("y0u 1d\u200biot", [])

    assert shown(read) == "you idiot"
    assert "U+200B" in shown(written)


def test_a_plain_text_is_shown_once() -> None:
    assert len(views("Good morning, everybody", [])) == 1


def test_a_match_in_a_reading_brings_that_reading() -> None:
    found = finding(Match(start=0, end=4, label="money_lure", reading=Reading.PLAIN))

    _, read = views("FREE coins", [found])

    assert highlighted(read) == ["free"]


def test_of_a_long_text_the_beginning_and_the_matches_are_shown_first() -> None:
    text = "a" * 30_000 + "here" + "b" * 5_000
    found = finding(Match(start=30_000, end=30_004, label="link"))

    view = views(text, [found])[0]

    assert len(text) > LONG
    assert highlighted(view) == ["here"]
    assert len(shown(view)) < 3_000
    assert sum(part.left_out for part in view.parts) + view.left_out + len(shown(view)) == len(text)
    assert "".join(piece.text for piece in view.whole) == text


@pytest.mark.parametrize(("start", "end"), [(5, 500), (9, 3), (3, 3)])
def test_a_place_that_is_not_in_the_text_is_not_marked(start: int, end: int) -> None:
    [view] = views("a few words", [finding(Match(start=start, end=end, label="link"))])

    assert highlighted(view) == []


async def test_the_page_names_what_is_nearly_the_same(counter: Counter) -> None:
    words = "Congratulations, you have been selected to win a wonderful prize today"
    item = {"type": "message", "id": "m-2", "text": words.upper()}
    before = await counter.report(detection_id="d-2", item=item, account={"id": "u-9"})
    await counter.in_review(item={"type": "message", "id": "m-1", "text": words})

    claimed = await counter.claim()
    review = await counter.ask("rita", "GET", f"/v1/reviews/{claimed.json()['review_id']}")
    async with browser(counter, "rita") as seen:
        page = await seen.open(f"/console/reviews/{claimed.json()['review_id']}")

    [like] = review.json()["near_duplicates"]
    assert like["case_id"] == before.json()["case_id"]
    assert (like["same_account"], like["outcome"], like["kind"]) == (False, None, "text")
    assert "Nearly the same before" in page.text
    assert before.json()["case_id"][:12] in page.text


async def test_a_case_out_of_the_viewer_s_scope_is_not_told_of(counter: Counter) -> None:
    words = "Congratulations, you have been selected to win a wonderful prize today"
    item = {"type": "message", "id": "m-1", "text": words}
    await counter.report(detection_id="d-2", item=item, harm="spam_scam")
    case_id = await counter.in_review(item=item)

    everything = await counter.store.likeness.like(case_id, frozenset({"*"}))
    scoped = await counter.store.likeness.like(case_id, frozenset({"harassment"}))

    assert [like.harm for like in everything] == ["spam_scam"]
    assert scoped == ()


async def test_a_disguise_does_not_hide_that_it_is_the_same(counter: Counter) -> None:
    words = "free discord nitro for everybody who clicks this link now"
    await counter.report(detection_id="d-2", item={"type": "message", "id": "m-2", "text": words})
    disguised = words.replace("o", "0").replace("e", "\u0435")

    case_id = await counter.in_review(item={"type": "message", "id": "m-1", "text": disguised})

    [like] = await counter.store.likeness.like(case_id, frozenset({"*"}))
    assert like.distance <= 11
