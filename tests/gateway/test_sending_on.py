"""Escalating to a desk and reassigning: who may, where to, and what is refused."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from casework.records import Person
from casework.words import Role
from storage.audit_line import Event
from tests.gateway.browser import browser
from tests.gateway.counter import Counter, down

RITA = Person(id="rita", role=Role.REVIEWER, queues=frozenset({"reviewers"}))
WHY = "is quoting a court CANARY-why allowed?"


async def escalate(counter: Counter, who: str, review: str, to: str) -> httpx.Response:
    path = f"/v1/reviews/{review}/escalate"
    return await counter.ask(who, "POST", path, json={"reason": WHY, "to": to})


async def reassign(counter: Counter, who: str, case_id: str, **said: Any) -> httpx.Response:
    path = f"/v1/cases/{case_id}/reassign"
    return await counter.ask(who, "POST", path, json={"desk": "leads", "reason": WHY} | said)


async def test_a_reviewer_sends_what_they_hold_to_legal_and_lets_go_of_it(
    counter: Counter,
) -> None:
    case_id = await counter.in_review()
    claimed = await counter.claim()
    review = claimed.json()["review_id"]

    answer = await escalate(counter, "rita", review, "legal")

    late = await counter.decide("rita", claimed, "dismiss")
    assert answer.status_code == 202
    assert answer.json() == {"case_id": case_id, "reason": "asked_by_reviewer", "to": "legal"}
    assert (late.status_code, late.json()["code"]) == (412, "stale_claim")
    assert [told[0] for told in counter.stories.told if told[0] in {"moved", "escalate"}] == [
        "moved"
    ]
    assert "CANARY-why" not in repr(counter.stories.told)


async def test_what_was_sent_on_is_told_later_when_nobody_answers_now(counter: Counter) -> None:
    await counter.in_review()
    review = (await counter.claim()).json()["review_id"]
    counter.stories.trouble = down()

    answer = await escalate(counter, "rita", review, "leads")

    assert answer.status_code == 202
    [waits] = await counter.store.moves.untold(timedelta())
    assert waits.review_id == review


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        ("gardeners", 422, "malformed"),
        ("Not a desk", 422, "malformed"),
        ("reviewers", 409, "conflict"),
    ],
    ids=["not a desk of the policy", "no word", "where it lies"],
)
async def test_a_desk_that_makes_no_sense_is_refused(
    counter: Counter, to: str, status: int, code: str
) -> None:
    await counter.in_review()
    review = (await counter.claim()).json()["review_id"]

    answer = await escalate(counter, "rita", review, to)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await counter.audited(Event.SENT_ON) == 0


async def test_a_desk_without_anybody_is_refused_and_the_claim_stays(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    review = claimed.json()["review_id"]
    for person in ("rolf", "lena"):
        await counter.store.staff.revoke(person)
    await counter.store.staff.add(RITA, "token-of-rita")

    answer = await escalate(counter, "rita", review, "legal")

    assert (answer.status_code, answer.json()["code"]) == (409, "nobody_serves_this_desk")
    assert await counter.store.desk.held(review, RITA) is not None


async def test_a_reviewer_sends_on_only_what_they_hold(counter: Counter) -> None:
    await counter.in_review()
    review = (await counter.claim()).json()["review_id"]

    answer = await escalate(counter, "rolf", review, "legal")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_on_call_reassigns_a_case_whoever_holds_it(counter: Counter) -> None:
    case_id = await counter.in_review()
    claimed = await counter.claim()

    answer = await reassign(counter, "otto", case_id)

    late = await counter.decide("rita", claimed, "dismiss")
    assert (answer.status_code, late.status_code) == (202, 412)
    assert await counter.audited(Event.SENT_ON) == 1


async def test_a_case_that_waits_for_nobody_is_not_reassigned(counter: Counter) -> None:
    case_id = await counter.opened()

    waits_for_nobody = await reassign(counter, "otto", case_id)
    not_theirs = await reassign(counter, "hate-on-call", case_id)

    assert (waits_for_nobody.status_code, not_theirs.status_code) == (404, 404)


async def test_an_appeal_is_sent_to_legal_but_never_to_those_who_decided(
    counter: Counter,
) -> None:
    case_id, token = await counter.enforced()
    await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "no"})
    await counter.appeal_heard()
    for person in ("rolf", "lena"):
        await counter.store.staff.revoke(person)

    only_rita = await reassign(counter, "otto", case_id, desk="legal")

    assert only_rita.json()["code"] == "nobody_serves_this_desk"


async def test_a_lead_sends_a_case_on_from_its_page(counter: Counter) -> None:
    case_id = await counter.in_review()

    async with browser(counter, "lena") as here:
        await here.open(f"/console/cases/{case_id}")
        after = await here.send("/reassign", desk="legal", reason=WHY)

    review = await counter.store.moves.waiting(case_id)
    move = await counter.store.moves.wanted(review.review_id)
    assert "Sent on" in after.text
    assert move is not None
    assert move.desk == "legal"


async def test_the_page_of_a_case_that_waits_for_nobody_offers_no_desk(counter: Counter) -> None:
    case_id = await counter.opened()

    async with browser(counter, "lena") as here:
        page = await here.open(f"/console/cases/{case_id}")

    assert "/reassign" not in page.text


async def test_a_note_without_words_sends_nothing_on(counter: Counter) -> None:
    case_id = await counter.in_review()

    async with browser(counter, "lena") as here:
        await here.open(f"/console/cases/{case_id}")
        refused = await here.send("/reassign", desk="legal", reason="  ")

    assert refused.status_code == 422
    assert await counter.audited(Event.SENT_ON) == 0
