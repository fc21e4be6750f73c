"""A second person answers without knowing what the first one said, until they differ."""

from datetime import timedelta
from typing import Any

import pytest

from casework.rereviews import SETTLED_FOR
from tests.gateway.browser import browser
from tests.gateway.counter import Counter
from workers.sampling import Sampling

SECRET = "CANARY-first-says-a-clear-threat"
NOTED = "CANARY-first-noted-this"


async def kept_as_first(counter: Counter, queue: str = "reviewers") -> str:
    """Rita has noted something and wants a second opinion on a ban; the case."""
    case_id = await counter.in_review()
    claimed = await counter.claim("rita", queue)
    review = claimed.json()["review_id"]
    await counter.ask("rita", "POST", f"/v1/reviews/{review}/note", json={"text": NOTED})
    answer = await counter.decide(
        "rita", claimed, actions=["ban_account"], reason=SECRET, confidence="unsure"
    )
    assert answer.json()["status"] == "second_person_needed", answer.text
    return case_id


async def timeline(counter: Counter, who: str, case_id: str) -> list[dict[str, Any]]:
    answer = await counter.ask(who, "GET", f"/v1/cases/{case_id}/timeline")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_second_sees_nothing_of_what_the_first_said_or_noted(counter: Counter) -> None:
    await kept_as_first(counter)

    shown = await counter.claim("rolf")

    assert shown.status_code == 200
    assert shown.json()["notes"] == []
    assert shown.json()["answers"] == []
    assert "CANARY-first" not in shown.text
    assert "unsure" not in shown.text
    assert "rita" not in shown.text


async def test_a_lead_who_may_be_the_second_does_not_find_it_in_the_timeline(
    counter: Counter,
) -> None:
    case_id = await kept_as_first(counter)

    seen = await timeline(counter, "lena", case_id)

    assert [line["event"] for line in seen if line["actor"] == "rita"] == []


@pytest.mark.parametrize("who", ["axel", "otto"])
async def test_those_who_never_decide_see_the_whole_timeline(counter: Counter, who: str) -> None:
    case_id = await kept_as_first(counter)

    seen = await timeline(counter, who, case_id)

    assert [line["event"] for line in seen if line["actor"] == "rita"] == [
        *("claimed", "evidence_viewed", "noted", "submitted", "first_of_two")
    ]


async def test_notes_from_another_hearing_are_for_everybody(counter: Counter) -> None:
    case_id, token = await counter.enforced()
    await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "no"})
    await counter.appeal_heard()
    claimed = await counter.claim("rolf", "appeals")
    path = f"/v1/reviews/{claimed.json()['review_id']}/note"
    await counter.ask("rolf", "POST", path, json={"text": NOTED})
    await counter.decide("rolf", claimed, "upheld", reason=SECRET, second_opinion=True)

    second = await counter.claim("lena", "appeals")

    assert second.json()["case_id"] == case_id
    assert [each["by"] for each in second.json()["decisions"]] == ["rita"]
    assert "CANARY-first" not in second.text


async def test_whoever_is_asked_because_two_differ_sees_both_answers(counter: Counter) -> None:
    case_id = await kept_as_first(counter)
    differs = await counter.decide("rolf", await counter.claim("rolf"), "dismiss")

    shown = await counter.claim("lena", "leads")
    seen = await timeline(counter, "lena", case_id)

    assert differs.json() == {"decision_id": None, "status": "gone_up"}
    assert [(each["by"], each["ruling"], each["reason"]) for each in shown.json()["answers"]] == [
        ("rita", "enforce", SECRET),
        ("rolf", "dismiss", "seen by a person"),
    ]
    assert [each["text"] for each in shown.json()["notes"]] == [NOTED]
    assert "rita" in {line["actor"] for line in seen}


async def test_once_it_is_decided_there_is_nothing_to_be_blind_to(counter: Counter) -> None:
    case_id = await kept_as_first(counter)
    agrees = await counter.decide("rolf", await counter.claim("rolf"), actions=["ban_account"])

    seen = await timeline(counter, "lena", case_id)

    assert agrees.json()["status"] == "final"
    assert "first_of_two" in {line["event"] for line in seen}


async def test_the_second_s_page_says_nothing_of_the_first(counter: Counter) -> None:
    await kept_as_first(counter)
    claimed = await counter.claim("rolf")

    async with browser(counter, "rolf") as here:
        page = await here.open(f"/console/reviews/{claimed.json()['review_id']}")

    assert page.status_code == 200
    assert "CANARY-first" not in page.text
    assert "rita" not in page.text
    assert "noted" not in page.text


async def test_the_page_of_whoever_decides_between_two_shows_both(counter: Counter) -> None:
    await kept_as_first(counter)
    await counter.decide("rolf", await counter.claim("rolf"), "dismiss")
    claimed = await counter.claim("lena", "leads")

    async with browser(counter, "lena") as here:
        page = await here.open(f"/console/reviews/{claimed.json()['review_id']}")

    assert "Others answered differently" in page.text
    assert SECRET in page.text
    assert "seen by a person" in page.text


async def test_an_appeal_s_page_marks_what_was_edited_after_the_decision(counter: Counter) -> None:
    _, token = await counter.enforced()
    await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "no"})
    await counter.appeal_heard()
    counter.watch.passes(timedelta(hours=1))
    item = {"type": "message", "id": "m-1", "text": "CANARY-edited"}
    await counter.report(detection_id="d-2", item=item)
    claimed = await counter.claim("rolf", "appeals")

    async with browser(counter, "rolf") as here:
        page = await here.open(f"/console/reviews/{claimed.json()['review_id']}")

    before, _, after = page.text.partition("How it looked later")
    assert "CANARY-4711" in before
    assert "CANARY-edited" in after
    assert claimed.json()["evidence_at"] == "2026-11-02T12:00:00Z"


async def test_a_second_look_s_page_says_nothing_of_what_was_decided(counter: Counter) -> None:
    case_id = await counter.in_review()
    claimed = await counter.claim("rita")
    decided = await counter.decide("rita", claimed, reason=SECRET)
    counter.watch.passes(SETTLED_FOR)
    await Sampling(counter.store, usual=1.0).draw()
    again = await counter.claim("lena")

    async with browser(counter, "lena") as here:
        page = await here.open(f"/console/reviews/{again.json()['review_id']}")
    seen = [line["event"] for line in await timeline(counter, "lena", case_id)]

    account, _, happened = page.text.partition("What happened")
    assert decided.json()["status"] == "final"
    assert again.json()["case_id"] == case_id
    assert "CANARY-first" not in page.text
    assert f"/console/cases/{case_id}" not in account.partition("Strikes now")[2]
    assert "decided" not in happened
    assert {"decided", "action_confirmed", "strike_added"}.isdisjoint(seen)
    assert "review_opened" in seen
