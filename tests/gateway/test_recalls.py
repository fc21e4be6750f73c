"""Recalls over HTTP: planned by one, approved by two, steered by those who may."""

from typing import Any

import httpx
import pytest

from storage.audit_line import Event
from tests.gateway.browser import browser
from tests.gateway.counter import HARM, Counter

BAD = {"detector": "toxicity", "detector_version": "2"}


async def planned(counter: Counter, who: str = "otto", **asked: Any) -> httpx.Response:
    body = {**BAD, "confirm": "everything"} | asked
    given = {name: value for name, value in body.items() if value is not None}
    return await counter.ask(who, "POST", "/v1/recalls", json=given)


async def steered(counter: Counter, who: str, path: str, **body: Any) -> httpx.Response:
    return await counter.ask(who, "POST", path, json=body)


async def test_a_plan_shows_what_it_would_concern_and_moves_nothing(counter: Counter) -> None:
    case_id = await counter.in_review()

    answer = await planned(counter)

    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/recalls/{told['recall_id']}"
    assert (told["state"], told["counts"]["cases"], told["counts"]["open_cases"]) == (
        "planned",
        1,
        1,
    )
    assert told["sample_cases"][0]["case_id"] == case_id
    assert told["sample_cases"][0]["url"].endswith(f"/console/cases/{case_id}")
    assert counter.stories.told == [t for t in counter.stories.told if t[0] != "recall"]


async def test_a_filter_that_matches_everything_says_so_with_its_own_code(
    counter: Counter,
) -> None:
    answer = await counter.ask("otto", "POST", "/v1/recalls", json={})

    assert (answer.status_code, answer.json()["code"]) == (422, "confirm_everything")


@pytest.mark.parametrize(
    "asked",
    [
        {"detector": None},
        {"detector": None, "detector_version": None, "policy_version": 3},
        {"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
        {"pace": 0},
        {"confirm": "yes"},
        {"colour": "red"},
    ],
)
async def test_nonsense_is_refused(counter: Counter, asked: dict[str, Any]) -> None:
    answer = await planned(counter, **asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_pace_beyond_the_cap_is_cut(counter: Counter) -> None:
    told = (await planned(counter, pace=1_000_000)).json()

    assert told["pace"] == counter.doors.settings.recalls.fastest


async def test_nothing_starts_before_two_people_have_said_yes(counter: Counter) -> None:
    await counter.in_review()
    told = (await planned(counter)).json()
    path = f"/v1/recalls/{told['recall_id']}"

    alone = await steered(counter, "otto", f"{path}/start")
    await steered(counter, "otto", f"{path}/approve", digest=told["digest"])
    twice = await steered(counter, "otto", f"{path}/approve", digest=told["digest"])
    with_one = await steered(counter, "otto", f"{path}/start")
    both = await steered(counter, "lena", f"{path}/approve", digest=told["digest"])
    started = await steered(counter, "otto", f"{path}/start")
    again = await steered(counter, "otto", f"{path}/start")

    refused = [answer.json()["code"] for answer in (alone, twice, with_one)]
    assert refused == ["not_approved", "already_approved", "not_approved"]
    assert [yes["by"] for yes in both.json()["approvals"]] == ["lena", "otto"]
    assert (started.json()["state"], again.json()["state"]) == ("running", "running")
    begun = [told[1] for told in counter.stories.told if told[0] == "recall"]
    assert {start.recall_id for start in begun} == {told["recall_id"]}
    assert await counter.audited(Event.RECALL_STARTED) == 1


async def test_a_yes_to_another_plan_is_a_conflict(counter: Counter) -> None:
    told = (await planned(counter)).json()

    answer = await steered(
        counter, "lena", f"/v1/recalls/{told['recall_id']}/approve", digest="0" * 64
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_pausing_and_resuming_is_told_to_the_story(counter: Counter) -> None:
    recall = await running(counter)

    paused = await steered(counter, "lena", f"/v1/recalls/{recall}/pause")
    resumed = await steered(counter, "otto", f"/v1/recalls/{recall}/resume")

    assert (paused.json()["state"], resumed.json()["state"]) == ("paused", "running")
    assert counter.stories.told[-2:] == [("recall_changed", recall)] * 2


async def test_what_is_not_running_cannot_be_paused(counter: Counter) -> None:
    told = (await planned(counter)).json()

    answer = await steered(counter, "otto", f"/v1/recalls/{told['recall_id']}/pause")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_recalls_of_harms_out_of_scope_are_not_there(counter: Counter) -> None:
    await counter.in_review()
    told = (await planned(counter)).json()

    refused = await planned(counter, "hate-on-call", policy=HARM)
    looked = await counter.ask("hate-on-call", "GET", f"/v1/recalls/{told['recall_id']}")
    listed = await counter.ask("hate-on-call", "GET", "/v1/recalls")
    seen = await counter.ask("axel", "GET", "/v1/recalls")

    assert (refused.status_code, looked.status_code) == (403, 404)
    assert listed.json()["items"] == []
    assert [each["recall_id"] for each in seen.json()["items"]] == [told["recall_id"]]


async def test_a_report_is_there_once_it_is_finished(counter: Counter) -> None:
    recall = await running(counter, policy="hate")
    path = f"/v1/recalls/{recall}/report"

    before = await counter.ask("axel", "GET", path)
    await counter.store.recalls.finish(recall)
    after = await counter.ask("axel", "GET", path)

    assert (before.status_code, after.status_code) == (404, 200)
    assert after.json()["approved_by"] == ["lena", "otto"]
    assert recall in after.headers["content-disposition"]


async def running(counter: Counter, **asked: Any) -> str:
    """The id of a recall that was planned, approved and started."""
    recall: str = (await planned(counter, **asked)).json()["recall_id"]
    for who in ("lena", "otto"):
        await steered(counter, who, f"/v1/recalls/{recall}/approve")
    await steered(counter, "otto", f"/v1/recalls/{recall}/start")
    return recall


async def test_a_recall_is_planned_approved_started_and_paused_in_the_console(
    counter: Counter,
) -> None:
    await counter.in_review()
    async with browser(counter, "otto") as otto, browser(counter, "lena") as lena:
        await otto.open("/console/recalls")
        page = await otto.send("/console/recalls", detector="toxicity", everything="yes")
        await otto.send("/approve")
        waits = otto.page.text
        await lena.open(page.url.path)
        await lena.send("/approve")
        await lena.send("/start")
        runs = lena.page.text
        await lena.send("/pause")

        assert "0 of 1 cases" in page.text
        assert "/start" not in waits
        assert "otto, lena" in lena.page.text or "lena, otto" in lena.page.text
        assert 'http-equiv="refresh"' in runs
        assert 'http-equiv="refresh"' not in lena.page.text
        assert "Recall: paused" in lena.page.text


async def test_an_auditor_looks_at_recalls_and_steers_none(counter: Counter) -> None:
    told = (await planned(counter)).json()
    async with browser(counter, "axel") as axel:
        listed = await axel.open("/console/recalls")
        page = await axel.open(f"/console/recalls/{told['recall_id']}")

        assert told["recall_id"] in listed.text
        assert "/approve" not in page.text
        assert "Plan a recall" not in listed.text


async def test_a_page_about_a_recall_can_be_acknowledged(counter: Counter) -> None:
    recall = await running(counter)
    path = f"/v1/recalls/{recall}/escalations"

    heard = await steered(counter, "otto", f"{path}/recall_blocked/acknowledge")
    nonsense = await steered(counter, "otto", f"{path}/mood/acknowledge")
    nowhere = await steered(
        counter, "otto", "/v1/recalls/rc-0/escalations/recall_blocked/acknowledge"
    )

    assert (heard.status_code, nonsense.status_code, nowhere.status_code) == (202, 422, 404)
    assert counter.stories.told[-1] == ("acknowledge", recall, "recall_blocked", "otto")
