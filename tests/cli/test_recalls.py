import json

import pytest

from tests.cli.fake_gateway import FakeGateway, Says, problem
from tests.cli.terminal import Came, Terminal

RECALL = {
    "recall_id": "rc-1",
    "state": "planned",
    "filter": {"detector": "text-sieve", "detector_version": "7.3", "policy": None},
    "matches_everything": False,
    "expired": False,
    "pace": 300,
    "takes_s": 24.0,
    "digest": "d" * 64,
    "planned_by": "olga",
    "planned_at": "2026-11-27T01:00:00Z",
    "expires_at": "2026-11-27T05:00:00Z",
    "approvals": [],
    "counts": {
        "cases": 120,
        "open_cases": 3,
        "borderline": 2,
        "accounts": 100,
        "statements": 90,
        "undelivered": 5,
        "strikes": 80,
        "actions": [
            {"kind": "remove_item", "state": "confirmed", "harm": "spam_scam", "count": 117}
        ],
        "left_out": [{"why": "decided_by_a_person", "count": 7}],
    },
    "progress": {
        "items": 120,
        "done": 0,
        "needs_human": 0,
        "skipped": 0,
        "under_way": 0,
        "pending": 120,
    },
    "sample_cases": [{"case_id": "c-1", "url": "http://casework.test/console/cases/c-1"}],
    "not_undone": [],
}


class OnCall:
    def __init__(self, casework: Terminal, gateway: FakeGateway) -> None:
        self._casework = casework
        self._url = gateway.url

    def __call__(self, *arguments: object) -> Came:
        return self._casework("recall", *arguments, "--url", self._url, "--token", "t")


@pytest.fixture
def oncall(casework: Terminal, gateway: FakeGateway) -> OnCall:
    return OnCall(casework, gateway)


def test_a_plan_is_asked_for_as_it_was_named_and_shown(
    oncall: OnCall, gateway: FakeGateway
) -> None:
    gateway.on("POST", "/v1/recalls", Says(201, RECALL))

    came = oncall("plan", "--detector", "text-sieve", "--version", "7.3", "--pace", 300)

    assert json.loads(gateway.asked[0].body) == {
        "detector": "text-sieve",
        "detector_version": "7.3",
        "pace": 300,
        "sample": 10,
    }
    for said in ("rc-1", "117 confirmed", "7 decided_by_a_person", "0:00:24", "nobody yet"):
        assert said in came.out


def test_everything_is_only_asked_for_when_it_is_said(oncall: OnCall, gateway: FakeGateway) -> None:
    gateway.on("POST", "/v1/recalls", problem(422, "confirm_everything"))

    came = oncall("plan")
    oncall("plan", "--everything")

    assert came.code == 1
    assert "confirm_everything" in came.err
    assert json.loads(gateway.asked[1].body)["confirm"] == "everything"


def test_a_recall_that_two_have_not_approved_is_a_conflict(
    oncall: OnCall, gateway: FakeGateway
) -> None:
    gateway.on("POST", "/v1/recalls/rc-1/start", problem(409, "not_approved"))

    assert oncall("start", "rc-1").code == 4


@pytest.mark.parametrize("word", ["approve", "start", "pause", "resume"])
def test_a_recall_is_steered_by_a_word(oncall: OnCall, gateway: FakeGateway, word: str) -> None:
    gateway.on("POST", f"/v1/recalls/rc-1/{word}", Says(200, RECALL))

    came = oncall(word, "rc-1", "--json")

    assert came.json()["recall_id"] == "rc-1"


def test_a_recall_is_watched_until_it_is_finished(oncall: OnCall, gateway: FakeGateway) -> None:
    over = RECALL["progress"] | {"done": 120, "pending": 0}  # type: ignore[operator]
    gateway.on(
        "GET",
        "/v1/recalls/rc-1",
        Says(body=RECALL | {"state": "running"}),
        Says(body=RECALL | {"state": "finished", "progress": over}),
    )

    came = oncall("status", "rc-1", "--watch")

    assert "120 of 120" in came.err
    assert "finished" in came.out


def test_recalls_are_listed_and_reported(oncall: OnCall, gateway: FakeGateway) -> None:
    report = {
        "undone": 117,
        "filter": RECALL["filter"],
        "left_out": [{"why": "decided_by_a_person", "count": 7}],
        "not_undone": [{"case_id": "c-9", "note": "irreversible"}],
    }
    gateway.on("GET", "/v1/recalls", Says(body={"items": [RECALL], "next": None}))
    gateway.on("GET", "/v1/recalls/rc-1/report", Says(body=report))

    listed = oncall("list")
    told = oncall("report", "rc-1")

    assert "rc-1" in listed.out
    assert "c-9 (irreversible)" in told.out
