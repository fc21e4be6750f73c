"""`casework hold`, against a gateway that answers what it is told to."""

import json

from tests.cli.fake_gateway import FakeGateway, Says, problem
from tests.cli.terminal import Terminal

HOLD = {
    "hold_id": "h-1",
    "kind": "detector",
    "target": "text-sieve@2",
    "by": "otto",
    "reason": "mad",
    "set_at": "2026-11-27T01:00:00Z",
    "automated_only": False,
    "case_id": None,
    "lifted_at": None,
    "lifted_by": None,
    "lifted_reason": None,
    "parks": {"cases": 12, "actions": 3},
}


def test_a_hold_is_set(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("POST", "/v1/holds", Says(201, HOLD))

    came = casework(
        "hold", "set", "detector", "text-sieve@2", "--reason", "mad",
        "--url", gateway.url, "--token", "t", "--json",
    )  # fmt: skip

    assert came.json() == HOLD
    asked = {"kind": "detector", "target": "text-sieve@2", "reason": "mad"}
    assert json.loads(gateway.asked[0].body) == asked


def test_everything_is_held_without_a_target(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("POST", "/v1/holds", Says(201, HOLD | {"kind": "everything", "target": ""}))

    came = casework(
        "hold", "set", "everything", "--reason", "x", "--url", gateway.url, "--token", "t"
    )

    assert came.code == 0
    assert json.loads(gateway.asked[0].body)["target"] == ""


def test_holds_are_listed_with_what_they_park(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("GET", "/v1/holds", Says(body={"items": [HOLD], "next": None}))

    came = casework("hold", "list", "--url", gateway.url, "--token", "t")

    assert "text-sieve@2" in came.out
    assert "12" in came.out


def test_a_hold_is_lifted_with_a_reason(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("DELETE", "/v1/holds/h-1", Says(200, HOLD | {"lifted_by": "ada"}))

    came = casework(
        "hold", "lift", "h-1", "--reason", "mended", "--url", gateway.url, "--token", "t"
    )

    assert "ada" in came.out
    assert json.loads(gateway.asked[0].body) == {"reason": "mended"}


def test_a_hold_nobody_knows_cannot_be_lifted(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("DELETE", "/v1/holds/h-1", problem(404, "not_found"))

    came = casework("hold", "lift", "h-1", "--reason", "x", "--url", gateway.url, "--token", "t")

    assert came.code == 1


def test_setting_and_lifting_need_a_reason(casework: Terminal, gateway: FakeGateway) -> None:
    codes = [
        casework("hold", "set", "everything", "--url", gateway.url, "--token", "t").code,
        casework("hold", "lift", "h-1", "--url", gateway.url, "--token", "t").code,
    ]

    assert codes == [2, 2]
    assert gateway.asked == []
