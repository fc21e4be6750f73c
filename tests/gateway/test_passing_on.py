"""Passing a review on over HTTP, and what people may say of themselves."""

from typing import Any

import httpx
import pytest

from tests.gateway.browser import browser
from tests.gateway.counter import Counter

SOON = "2026-11-02T13:00:00Z"
WORDS = {"until": SOON, "reason": "CANARY-77"}


async def passed(
    counter: Counter, claimed: httpx.Response, how: str, **body: Any
) -> httpx.Response:
    path = f"/v1/reviews/{claimed.json()['review_id']}/{how}"
    return await counter.ask(
        "rita", "POST", path, json=body, headers={"If-Match": claimed.headers["etag"]}
    )


async def put(counter: Counter, who: str, path: str, **body: Any) -> httpx.Response:
    return await counter.ask(who, "PUT", f"/v1/staff/{path}", json=body)


async def test_a_claim_says_why_it_was_this_one(counter: Counter) -> None:
    await counter.in_review()

    claimed = (await counter.claim()).json()

    assert [(each["factor"], each["says"]) for each in claimed["why_now"]] == [
        ("severity", "high severity"),
        ("deadline", "due in under 4 hours"),
    ]


async def test_a_review_put_aside_is_gone_until_it_wakes(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()

    answers = [await passed(counter, claimed, "hold", **WORDS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await counter.claim("rolf")).status_code == 204


async def test_a_colleague_gets_what_is_handed_over(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    review = claimed.json()["review_id"]
    named = await counter.ask("rita", "GET", f"/v1/reviews/{review}/colleagues")

    answer = await passed(counter, claimed, "hand-over", to="rolf", reason="CANARY-77")

    assert named.json()["items"] == ["lena", "rolf"]
    assert answer.status_code == 204
    assert (await counter.claim("lena")).status_code == 204
    assert (await counter.claim("rolf")).json()["review_id"] == review


async def test_what_was_handed_to_somebody_is_on_their_first_page(counter: Counter) -> None:
    await counter.in_review()
    await passed(counter, await counter.claim(), "hand-over", to="rolf", reason="CANARY-77")

    pages = {}
    for name in ("rita", "rolf"):
        async with browser(counter, name) as person:
            pages[name] = (await person.open("/console/")).text
    await counter.claim("rolf")
    async with browser(counter, "rolf") as person:
        afterwards = (await person.open("/console/")).text

    assert "Kept for you" in pages["rolf"]
    assert "Kept for you" not in pages["rita"]
    assert "Kept for you" not in afterwards


async def test_a_colleague_who_may_not_have_it_is_refused_by_a_code(counter: Counter) -> None:
    await counter.in_review()

    answer = await passed(counter, await counter.claim(), "hand-over", to="newcomer", reason="x")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_theirs")


@pytest.mark.parametrize("reason", ["bored", ""])
async def test_only_the_closed_words_skip(counter: Counter, reason: str) -> None:
    await counter.in_review()

    answer = await passed(counter, await counter.claim(), "skip", reason=reason)

    assert answer.status_code == 422


async def test_a_skipped_review_is_left_to_others(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()

    answer = await passed(counter, claimed, "skip", reason="too_disturbing")

    assert answer.status_code == 204
    assert (await counter.claim("rita")).status_code == 204
    assert (await counter.claim("rolf")).status_code == 200


async def test_a_lead_says_what_somebody_can_judge(counter: Counter) -> None:
    written = await put(counter, "lena", "rita/profile", languages=["NL"], skills=["graphic"])

    mine = await counter.ask("rita", "GET", "/v1/staff/rita/profile")

    assert (written.status_code, mine.json()) == (200, written.json())
    assert mine.json() == {
        "person": "rita",
        "languages": ["nl"],
        "jurisdictions": [],
        "skills": ["graphic"],
        "opted_out": [],
        "limits": {},
    }


async def test_anybody_opts_out_and_cannot_give_themselves_a_skill(counter: Counter) -> None:
    out = await put(counter, "rita", "rita/profile", opted_out=["hate"])
    skilled = await put(counter, "rita", "rita/profile", opted_out=["hate"], skills=["graphic"])
    other = await put(counter, "rita", "rolf/profile", opted_out=["hate"])

    assert [answer.status_code for answer in (out, skilled, other)] == [200, 403, 403]


async def test_a_relation_is_declared_by_oneself_and_taken_back_by_another(
    counter: Counter,
) -> None:
    await counter.in_review()
    tie = {"account_id": "u-1", "kind": "related"}

    declared = await put(counter, "rita", "rita/relations", items=[tie])
    alone = await put(counter, "rita", "rita/relations", items=[])
    claimed = await counter.claim("rita")
    by_lead = await put(counter, "lena", "rita/relations", items=[])

    assert declared.json()["items"][0]["declared_by"] == "rita"
    assert (alone.status_code, claimed.status_code) == (403, 204)
    assert by_lead.json()["items"] == []
    assert (await counter.claim("rita")).status_code == 200


@pytest.mark.parametrize("body", [{"languages": ["Deutsch"]}, {"jurisdictions": ["Europe"]}])
async def test_a_profile_in_words_of_its_own_is_refused(
    counter: Counter, body: dict[str, Any]
) -> None:
    answer = await put(counter, "lena", "rita/profile", **body)

    assert answer.status_code == 422
