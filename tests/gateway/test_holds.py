"""Holds over HTTP: set, listed with what they park, lifted."""

from typing import Any

import httpx
import pytest

from casework.holds import TRIPPED, Brakes, Limits
from casework.orders import OpenCase
from casework.words import ActionState
from storage.audit_line import Event
from tests.gateway.browser import browser
from tests.gateway.counter import HARM, Counter, down

SIEVE = {"kind": "detector", "target": "toxicity", "reason": "mad since noon"}


async def hold(counter: Counter, who: str = "otto", **changed: Any) -> httpx.Response:
    return await counter.ask(who, "POST", "/v1/holds", json=SIEVE | changed)


async def lift(counter: Counter, name: str, who: str = "otto") -> httpx.Response:
    return await counter.ask(who, "DELETE", f"/v1/holds/{name}", json={"reason": "mended"})


async def standing(counter: Counter) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await counter.ask("axel", "GET", "/v1/holds")).json()["items"]
    return items


async def waiting(counter: Counter) -> str:
    """A case that a hold keeps from beginning; its story has said so."""
    case_id: str = (await counter.report()).json()["case_id"]
    policy = await counter.store.policies.current(HARM)
    opening = await counter.store.cases.open(
        OpenCase(case_id=case_id, harm=HARM, run="run-1"), policy
    )
    await counter.store.cases.block(case_id, f"hold:{opening.held}")
    return case_id


async def test_a_hold_is_set_shown_and_lifted(counter: Counter) -> None:
    made = await hold(counter)
    name = made.json()["hold_id"]

    shown = await counter.ask("axel", "GET", made.headers["location"])
    lifted = await lift(counter, name, "ada")

    assert made.status_code == 201
    assert shown.json() == made.json()
    assert (made.json()["by"], made.json()["reason"]) == ("otto", "mad since noon")
    assert lifted.status_code == 200
    assert (lifted.json()["lifted_by"], lifted.json()["lifted_reason"]) == ("ada", "mended")
    assert await standing(counter) == []
    past = (await counter.ask("axel", "GET", "/v1/holds?which=lifted")).json()["items"]
    assert [each["hold_id"] for each in past] == [name]


async def test_the_same_hold_twice_is_one(counter: Counter) -> None:
    first, second = await hold(counter), await hold(counter, "ada")

    assert first.json()["hold_id"] == second.json()["hold_id"]
    assert await counter.audited(Event.HOLD_SET) == 1


async def test_a_detection_under_a_hold_is_answered_as_always_and_its_case_shows_it(
    counter: Counter,
) -> None:
    await hold(counter)

    case_id = await waiting(counter)

    case = (await counter.ask("otto", "GET", f"/v1/cases/{case_id}")).json()
    assert (case["stage"], case["blocked_on"]) == ("checking", "hold:detector")
    assert [each["parks"] for each in await standing(counter)] == [{"cases": 1, "actions": 0}]


async def test_lifting_tells_what_was_parked(counter: Counter) -> None:
    name = (await hold(counter)).json()["hold_id"]
    case_id = await waiting(counter)

    await lift(counter, name)

    assert ("released", [f"case/{HARM}/{case_id}"]) in counter.stories.told


async def test_lifting_counts_although_temporal_does_not_answer(counter: Counter) -> None:
    name = (await hold(counter)).json()["hold_id"]
    counter.stories.trouble = down()

    lifted = await lift(counter, name)

    assert lifted.status_code == 200
    assert await standing(counter) == []


async def test_lifting_a_breaker_s_hold_ends_its_calls(counter: Counter) -> None:
    case_id = await counter.opened()
    decided = await counter.ruled(case_id, vendor=0.7)
    limits = Brakes(detector=Limits(effects_per_minute=1))
    for _ in range(2):
        await counter.store.actions.attempting(decided.actions[0].action_id, limits)
    other = await counter.opened(detection_id="d-2", item={"type": "message", "id": "m-2"})
    decided = await counter.ruled(other, vendor=0.7)
    await counter.store.actions.attempting(decided.actions[0].action_id, limits)
    [tripped] = await standing(counter)

    await lift(counter, tripped["hold_id"])

    assert (tripped["by"], tripped["automated_only"]) == ("breaker", True)
    assert ("over", other, TRIPPED) in counter.stories.told


async def test_lifting_needs_no_words(counter: Counter) -> None:
    name = (await hold(counter)).json()["hold_id"]

    lifted = await counter.ask("otto", "DELETE", f"/v1/holds/{name}")

    assert lifted.status_code == 200


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "mood"}, "malformed"),
        ({"target": ""}, "malformed"),
        ({"reason": ""}, "malformed"),
        ({"kind": "action", "target": "tickle"}, "malformed"),
        ({"kind": "everything"}, "malformed"),
        ({"kind": "policy", "target": "harassment@latest"}, "malformed"),
        ({"kind": "policy", "target": "rudeness"}, "unknown_harm"),
        ({"target": "x" * 401}, "malformed"),
    ],
)
async def test_a_hold_on_nothing_there_is_is_refused(
    counter: Counter, changed: dict[str, str], code: str
) -> None:
    answer = await hold(counter, **changed)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await standing(counter) == []


async def test_everything_can_be_held(counter: Counter) -> None:
    made = await counter.ask(
        "otto", "POST", "/v1/holds", json={"kind": "everything", "reason": "restoring"}
    )

    assert (made.status_code, made.json()["target"]) == (201, "")


async def test_a_hold_that_does_not_exist_is_not_found(counter: Counter) -> None:
    shown = await counter.ask("otto", "GET", "/v1/holds/h-none")
    lifted = await lift(counter, "h-none")

    assert (shown.status_code, lifted.status_code) == (404, 404)


async def test_whoever_answers_for_one_harm_holds_no_more_than_that(counter: Counter) -> None:
    theirs = await hold(counter, "hate-on-call", kind="policy", target="hate@1")
    wider = [
        await hold(counter, "hate-on-call", kind="policy", target=HARM),
        await hold(counter, "hate-on-call"),
    ]
    other = (await hold(counter)).json()["hold_id"]

    lifted = await lift(counter, other, "hate-on-call")

    assert theirs.status_code == 201
    assert [answer.status_code for answer in wider] == [403, 403]
    assert lifted.status_code == 403


async def test_metrics_count_holds_and_what_they_park(counter: Counter) -> None:
    await hold(counter)
    await waiting(counter)

    page = (await counter.ask(None, "GET", "/metrics")).text

    assert 'casework_holds_active{by="person",kind="detector"} 1.0' in page
    assert "casework_parked_cases 1.0" in page
    assert "casework_parked_actions 0.0" in page


async def test_a_parked_action_is_open_for_whoever_audits(counter: Counter) -> None:
    case_id = await counter.opened()
    decided = await counter.ruled(case_id, vendor=0.7)
    await hold(counter, kind="action", target="hide_item")

    record = await counter.store.actions.attempting(decided.actions[0].action_id)

    timeline = (await counter.ask("otto", "GET", f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert record.state is ActionState.PARKED
    assert timeline[-1]["event"] == "action_parked"
    assert timeline[-1]["facts"]["note"] == "hold:action"


# -- the console -----------------------------------------------------------------------------------


async def test_on_call_parks_and_lifts_on_one_page(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        await person.open("/console/holds")
        page = await person.send(
            "/console/holds", kind="detector", target="toxicity", reason="<b>mad</b>"
        )
        case_id = await waiting(counter)
        case = await person.open(f"/console/cases/{case_id}")
        parked = await person.open("/console/holds")
        after = await person.send("/lift", reason="mended")

    assert "Parked. It goes on when the hold is lifted." in page.text
    assert "&lt;b&gt;mad&lt;/b&gt;" in page.text
    assert "Parked by a hold on detector." in case.text
    assert "1 cases, 0 actions" in parked.text
    assert "Nothing is parked." in after.text
    assert "mended" in after.text


async def test_who_may_only_look_sees_no_form(counter: Counter) -> None:
    await hold(counter)

    async with browser(counter, "axel") as person:
        page = await person.open("/console/holds")

    assert "mad since noon" in page.text
    assert 'action="/console/holds' not in page.text


@pytest.mark.parametrize(
    "filled_in", [{"kind": "mood"}, {"kind": "detector", "target": ""}, {"reason": " "}]
)
async def test_a_form_that_says_too_little_is_refused(
    counter: Counter, filled_in: dict[str, str]
) -> None:
    sound = {"kind": "detector", "target": "toxicity", "reason": "mad"}

    async with browser(counter, "otto") as person:
        await person.open("/console/holds")
        page = await person.send("/console/holds", **(sound | filled_in))

    assert page.status_code == 422
    assert await standing(counter) == []
