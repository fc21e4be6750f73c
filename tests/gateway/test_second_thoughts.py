"""Taking a decision back over HTTP and in the console."""

from datetime import timedelta

import pytest

from casework.words import Stage
from storage import policy_files
from storage.audit_line import Event
from tests.gateway.browser import browser
from tests.gateway.counter import POLICIES, Counter


@pytest.fixture
async def counter(counter: Counter) -> Counter:
    """Under a policy that lets people think again for a minute."""
    written = (POLICIES / "harassment.yaml").read_text(encoding="utf-8")
    written = written.replace("version: 2", "version: 3") + "\nundo_within: PT1M\n"
    policy = policy_files.parse(written, "harassment.yaml")
    await counter.store.policies.put(written, policy)
    return counter


async def test_whoever_decided_takes_it_back_and_the_case_asks_again(counter: Counter) -> None:
    case_id = await counter.in_review()
    decided = (await counter.decide("rita", await counter.claim())).json()

    answer = await counter.ask("rita", "POST", f"/v1/decisions/{decided['decision_id']}/undo")

    case = await counter.store.reads.case(case_id)
    assert decided["undo_until"] == "2026-11-02T12:01:00Z"
    assert answer.status_code == 200
    assert answer.json()["overrides"] == decided["decision_id"]
    assert case.stage is Stage.REVIEW
    assert (await counter.claim("rolf")).json()["review_id"] == answer.json()["review_id"]


async def test_a_lead_may_take_back_what_a_reviewer_decided(counter: Counter) -> None:
    await counter.in_review()
    decided = (await counter.decide("rita", await counter.claim())).json()

    answer = await counter.ask("lena", "POST", f"/v1/decisions/{decided['decision_id']}/undo")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("rolf", 403, "forbidden"),
        ("otto", 403, "forbidden"),
        ("hate-lead", 404, "not_found"),
    ],
)
async def test_nobody_else_may(counter: Counter, who: str, status: int, code: str) -> None:
    await counter.in_review()
    decided = (await counter.decide("rita", await counter.claim())).json()

    answer = await counter.ask(who, "POST", f"/v1/decisions/{decided['decision_id']}/undo")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await counter.audited(Event.UNDO_REQUESTED) == 0


async def test_what_is_being_carried_out_is_not_taken_back(counter: Counter) -> None:
    await counter.in_review()
    decided = (await counter.decide("rita", await counter.claim(), actions=["remove_item"])).json()
    decision = await counter.store.cases.decision(decided["decision_id"])
    view = await counter.store.reads.timeline(decision.case_id)
    planned = [line.facts["action_id"] for line in view if line.event == "action_planned"]
    await counter.store.actions.attempting(planned[-1])

    answer = await counter.ask("rita", "POST", f"/v1/decisions/{decided['decision_id']}/undo")

    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert await counter.audited(Event.UNDO_REFUSED) == 1


async def test_an_unknown_decision_cannot_be_taken_back(counter: Counter) -> None:
    answer = await counter.ask("rita", "POST", "/v1/decisions/d-unknown/undo")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_console_offers_it_until_the_time_is_over(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        await person.send("/queues/reviewers/claim")
        handed_in = await person.send(
            "/decision", ruling="enforce", which="usual", reason="a threat"
        )
        await counter.delivered()
        offered = (await person.open(str(handed_in.url))).text
        said = (await person.send("/undo")).text
        counter.watch.passes(timedelta(minutes=2))
        late = (await person.open(str(handed_in.url))).text

    assert "Take it back" in offered
    assert "Taken back" in said
    assert "Take it back" not in late
