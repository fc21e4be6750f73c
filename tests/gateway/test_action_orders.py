"""Orders about actions, over HTTP and in the console."""

from datetime import timedelta

import pytest

from casework.words import ActionState
from storage.audit_line import Event
from tests.gateway.browser import browser
from tests.gateway.counter import Counter

DAY = timedelta(days=1)


async def suspended(counter: Counter) -> tuple[str, str]:
    """A case whose suspension for a day stands, and the action's id."""
    case_id = await counter.in_review()
    decided = await counter.decide(
        "rita", await counter.claim(), actions=[{"suspend_account": "P1D"}]
    )
    assert decided.status_code == 200
    action = await planned_of(counter, case_id, "suspend_account")
    await counter.store.actions.attempting(action)
    await counter.store.actions.settle_action(action, ActionState.CONFIRMED)
    return case_id, action


async def planned_of(counter: Counter, case_id: str, kind: str) -> str:
    listed = (await counter.ask("otto", "GET", f"/v1/cases/{case_id}/actions")).json()["items"]
    [action] = [one["action_id"] for one in listed if one["kind"] == kind]
    return str(action)


async def test_an_action_says_how_it_stands_and_what_can_be_ordered(counter: Counter) -> None:
    _, action = await suspended(counter)

    shown = (await counter.ask("axel", "GET", f"/v1/actions/{action}")).json()

    assert (shown["state"], shown["attempts"]) == ("confirmed", 1)
    assert shown["ends_at"] == "2026-11-03T12:00:00Z"
    assert shown["may"] == ["reschedule", "release"]


async def test_a_suspension_is_extended_and_its_story_told(counter: Counter) -> None:
    _, action = await suspended(counter)
    order = {"ends_at": "2026-11-05T12:00:00Z", "reason": "did it again"}

    answer = await counter.ask("lena", "POST", f"/v1/actions/{action}/reschedule", json=order)

    assert (answer.status_code, answer.json()["ends_at"]) == (200, "2026-11-05T12:00:00Z")
    assert ("action_changed", action) in counter.stories.told
    assert await counter.audited(Event.ORDER_GIVEN) == 1


async def test_an_action_that_is_not_attempted_is_cancelled(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.decide("rita", await counter.claim(), actions=["remove_item"])
    action = await planned_of(counter, case_id, "remove_item")

    answer = await counter.ask(
        "otto", "POST", f"/v1/actions/{action}/cancel", json={"reason": "broken detector"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


async def test_what_needs_a_person_is_written_off_and_whatever_waits_is_pushed(
    counter: Counter,
) -> None:
    case_id = await counter.in_review()
    await counter.decide("rita", await counter.claim(), actions=["remove_item"])
    action = await planned_of(counter, case_id, "remove_item")
    await counter.store.actions.attempting(action)
    await counter.store.actions.settle_action(action, ActionState.NEEDS_HUMAN, "turned_down")

    answer = await counter.ask(
        "otto", "POST", f"/v1/actions/{action}/write-off", json={"reason": "done by hand"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "written_off")
    assert ("retry", case_id) in counter.stories.told


@pytest.mark.parametrize(
    ("what", "order", "status", "code"),
    [
        ("cancel", {"reason": "no"}, 409, "too_late"),
        ("write-off", {"reason": "no"}, 409, "conflict"),
        ("release", {"reason": ""}, 422, "malformed"),
        ("reschedule", {"reason": "no", "ends_at": "2026-11-01T00:00:00Z"}, 422, "malformed"),
        ("reschedule", {"reason": "no", "ends_at": "soon"}, 422, "malformed"),
    ],
)
async def test_an_order_that_does_not_fit_is_refused_and_changes_nothing(
    counter: Counter, what: str, order: dict[str, str], status: int, code: str
) -> None:
    _, action = await suspended(counter)

    answer = await counter.ask("otto", "POST", f"/v1/actions/{action}/{what}", json=order)

    shown = (await counter.ask("otto", "GET", f"/v1/actions/{action}")).json()
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (shown["state"], shown["ends_at"]) == ("confirmed", "2026-11-03T12:00:00Z")


@pytest.mark.parametrize("who", ["hate-lead", "hate-on-call"])
async def test_an_action_out_of_scope_looks_like_none(counter: Counter, who: str) -> None:
    _, action = await suspended(counter)

    theirs = await counter.ask(who, "GET", f"/v1/actions/{action}")
    none = await counter.ask(who, "GET", "/v1/actions/a-none")

    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["detail"] == none.json()["detail"]


async def test_the_console_offers_just_what_fits_and_orders_it(counter: Counter) -> None:
    case_id, action = await suspended(counter)

    async with browser(counter, "otto") as person:
        page = (await person.open(f"/console/cases/{case_id}")).text
        said = (await person.send(f"/actions/{action}/release", reason="a mix-up")).text

    assert "Move its end" in page
    assert "Cancel it" not in page
    assert "Ordered" in said
    assert ("action_changed", action) in counter.stories.told


async def test_the_console_moves_an_end_given_as_date_and_time(counter: Counter) -> None:
    case_id, action = await suspended(counter)

    async with browser(counter, "lena") as person:
        await person.open(f"/console/cases/{case_id}")
        await person.send(f"/actions/{action}/reschedule", ends_at="2026-11-06T08:30", reason="yes")

    shown = (await counter.ask("otto", "GET", f"/v1/actions/{action}")).json()
    assert shown["ends_at"] == "2026-11-06T08:30:00Z"
