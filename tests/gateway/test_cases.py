"""Cases as colleagues see them."""

import pytest

from casework.identity import case_id as id_of
from casework.identity import notice_id
from casework.words import NoticeKind
from tests.gateway.counter import HARM, Counter, down

CONTRACT = {
    "case_id", "detection_ids", "harm", "severity", "stage", "outcome", "blocked_on", "deadline",
    "opened_at", "closed_at", "policy_version",
}  # fmt: skip


async def test_a_case_answers_what_the_contract_names(counter: Counter) -> None:
    case_id = await counter.in_review()

    answer = await counter.ask("otto", "GET", f"/v1/cases/{case_id}")

    case = answer.json()
    assert set(case) >= CONTRACT
    assert (case["case_id"], case["detection_ids"], case["harm"]) == (case_id, ["d-1"], HARM)
    assert (case["stage"], case["outcome"], case["severity"]) == ("review", None, "high")
    assert case["deadline"] == "2026-11-02T16:00:00Z"
    assert "CANARY" not in answer.text


async def test_a_case_s_id_cannot_be_computed_without_the_key(counter: Counter) -> None:
    case_id = await counter.opened()

    guessed = id_of(b"", tenant="default", harm=HARM, item_type="message", item_id="m-1")

    assert case_id != guessed
    assert len(case_id) == 32


async def test_cases_come_in_pages_the_newest_first(counter: Counter) -> None:
    for n in range(5):
        await counter.report(detection_id=f"d-{n}", item={"type": "message", "id": f"m-{n}"})

    first = (await counter.ask("otto", "GET", "/v1/cases?limit=3")).json()
    rest = (await counter.ask("otto", "GET", f"/v1/cases?limit=3&cursor={first['next']}")).json()

    ids = [case["case_id"] for case in first["items"] + rest["items"]]
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"harm={HARM}", 1),
        ("harm=hate", 1),
        ("stage=review", 1),
        ("stage=checking", 1),
        ("queue=reviewers", 1),
        ("account=u-1", 2),
        ("account=u-2", 0),
        ("detector=toxicity", 2),
        ("detector=other", 0),
        ("since=2026-11-02T12:00:00Z", 2),
        ("since=2026-11-02T12:00:01Z", 0),
        (f"harm={HARM}&stage=checking", 0),
    ],
)
async def test_cases_are_found_by_filters(counter: Counter, query: str, found: int) -> None:
    await counter.in_review()
    await counter.report(detection_id="d-2", harm="hate")

    answer = await counter.ask("otto", "GET", f"/v1/cases?{query}")

    assert len(answer.json()["items"]) == found


@pytest.mark.parametrize(
    "query",
    ["stage=lost", "since=yesterday", "cursor=made-up", "limit=0", "limit=1000", "account=%00"],
)
async def test_a_filter_that_makes_no_sense_is_refused(counter: Counter, query: str) -> None:
    answer = await counter.ask("otto", "GET", f"/v1/cases?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_lead_of_one_harm_sees_that_harm_only(counter: Counter) -> None:
    hidden = await counter.opened()
    shown = (await counter.report(detection_id="d-2", harm="hate")).json()["case_id"]

    listed = await counter.ask("hate-lead", "GET", "/v1/cases")
    mine = await counter.ask("hate-lead", "GET", f"/v1/cases/{shown}")
    other = await counter.ask("hate-lead", "GET", f"/v1/cases/{hidden}")
    absent = await counter.ask("hate-lead", "GET", f"/v1/cases/{'0' * 32}")

    assert [case["case_id"] for case in listed.json()["items"]] == [shown]
    assert mine.status_code == 200
    assert (other.status_code, other.content) == (absent.status_code, absent.content)
    assert other.json()["code"] == "not_found"


async def test_the_timeline_says_what_happened_in_its_order(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.decide("rita", await counter.claim())

    answer = await counter.ask("axel", "GET", f"/v1/cases/{case_id}/timeline")

    events = [entry["event"] for entry in answer.json()["items"]]
    expected = ["detection_received", "review_opened", "claimed", "evidence_viewed", "submitted"]
    assert [event for event in events if event in expected] == expected
    assert events.index("submitted") < events.index("decided")
    assert "CANARY" not in answer.text
    assert "seen by a person" not in answer.text


async def test_notices_are_listed_for_those_who_answer_for_them(counter: Counter) -> None:
    case_id, _ = await counter.enforced()

    answers = {
        who: await counter.ask(who, "GET", f"/v1/cases/{case_id}/notices")
        for who in ("axel", "otto", "lena", "ada", "paula", "rita", "classifier-one")
    }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "axel": 200, "otto": 200, "lena": 200, "ada": 200,
        "paula": 403, "rita": 403, "classifier-one": 403,
    }  # fmt: skip
    [notice] = answers["axel"].json()["items"]
    assert notice["delivered_at"] == "2026-11-02T12:00:00Z"
    assert notice["notice_id"] == notice_id(notice["decision_id"], NoticeKind.STATEMENT)


async def test_on_call_pushes_a_case_on(counter: Counter) -> None:
    case_id = await counter.opened()

    retried = await counter.ask("otto", "POST", f"/v1/cases/{case_id}/retry", json={})
    acknowledged = await counter.ask(
        "otto", "POST", f"/v1/cases/{case_id}/escalations/review_due/acknowledge"
    )

    assert (retried.status_code, acknowledged.status_code) == (202, 202)
    assert counter.stories.told[-2:] == [
        ("retry", case_id),
        ("acknowledge", case_id, "review_due", "otto"),
    ]


async def test_a_page_nobody_sent_cannot_be_acknowledged(counter: Counter) -> None:
    case_id = await counter.opened()

    answer = await counter.ask(
        "otto", "POST", f"/v1/cases/{case_id}/escalations/nobody_was_called/acknowledge"
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_pushing_while_temporal_is_down_says_when_to_come_back(counter: Counter) -> None:
    case_id = await counter.opened()
    counter.stories.trouble = down()

    answer = await counter.ask("otto", "POST", f"/v1/cases/{case_id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "7"
