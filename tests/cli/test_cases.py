import json

import pytest

from tests.cli.fake_gateway import FakeGateway, Says, problem
from tests.cli.terminal import Came, Terminal

NAME = "0123456789abcdef0123456789abcdef"
CASE = {
    "case_id": NAME,
    "detection_ids": ["d1", "d2"],
    "harm": "hate",
    "severity": "high",
    "stage": "review",
    "outcome": None,
    "blocked_on": None,
    "deadline": "2026-11-20T12:00:00Z",
    "opened_at": "2026-11-20T08:00:00Z",
    "closed_at": None,
    "policy_version": 3,
    "item": {"type": "message", "id": "\x1b[31mred"},
    "account": {"id": "a1", "jurisdiction": None},
    "queue": "reviewers",
}
LINE = {"seq": 1, "at": "2026-11-20T08:00:00Z", "actor": "casework", "event": "review_opened"}


class OnCall:
    def __init__(self, casework: Terminal, gateway: FakeGateway) -> None:
        self._casework = casework
        self._url = gateway.url

    def __call__(self, *arguments: object) -> Came:
        return self._casework(*arguments, "--url", self._url, "--token", "t")


@pytest.fixture
def oncall(casework: Terminal, gateway: FakeGateway) -> OnCall:
    return OnCall(casework, gateway)


def test_cases_are_listed_page_after_page(oncall: OnCall, gateway: FakeGateway) -> None:
    other = CASE | {"case_id": "f" * 32}
    first = Says(body={"items": [CASE], "next": "more"})
    gateway.on("GET", "/v1/cases", first, Says(body={"items": [other], "next": None}))

    came = oncall("case", "list", "--harm", "hate", "--stage", "review", "--most", 5, "--json")

    assert [one["case_id"] for one in came.json()] == [NAME, "f" * 32]
    assert dict(gateway.asked[0].query) == {"harm": "hate", "stage": "review", "limit": "5"}
    assert gateway.asked[1].query["cursor"] == "more"


def test_a_list_for_people_is_a_table(oncall: OnCall, gateway: FakeGateway) -> None:
    gateway.on("GET", "/v1/cases", Says(body={"items": [CASE], "next": None}))

    came = oncall("case", "list")

    assert NAME in came.out
    assert "review" in came.out


def test_a_case_is_shown_without_the_control_characters_in_it(
    oncall: OnCall, gateway: FakeGateway
) -> None:
    gateway.on("GET", f"/v1/cases/{NAME}", Says(body=CASE))

    came = oncall("case", "show", NAME)

    assert "type=message, id=[31mred" in came.out
    assert "\x1b" not in came.out


def test_a_timeline_is_shown_in_order(oncall: OnCall, gateway: FakeGateway) -> None:
    lines = [LINE | {"facts": {"review_id": "r-1"}}, LINE | {"event": "claimed", "facts": {}}]
    gateway.on("GET", f"/v1/cases/{NAME}/timeline", Says(body={"items": lines, "next": None}))

    came = oncall("case", "timeline", NAME)

    assert came.out.index("review_opened") < came.out.index("claimed")
    assert "review_id=r-1" in came.out


def test_a_blocked_case_is_pushed(oncall: OnCall, gateway: FakeGateway) -> None:
    gateway.on("POST", f"/v1/cases/{NAME}/retry", Says(202, {"status": "requested"}))

    came = oncall("case", "retry", NAME, "--json")

    assert came.json() == {"status": "requested"}


def test_the_latest_review_of_a_case_is_escalated(oncall: OnCall, gateway: FakeGateway) -> None:
    lines = [LINE | {"facts": {"review_id": name}} for name in ("r-1", "r-2")]
    gateway.on("GET", f"/v1/cases/{NAME}/timeline", Says(body={"items": lines, "next": None}))
    answer = {"case_id": NAME, "reason": "asked_by_reviewer"}
    gateway.on("POST", "/v1/reviews/r-2/escalate", Says(202, answer))

    came = oncall("case", "escalate", NAME, "--reason", "looks bad")

    assert came.code == 0
    assert json.loads(gateway.asked[-1].body) == {"reason": "looks bad", "to": "oncall"}


def test_a_case_is_sent_to_another_desk(oncall: OnCall, gateway: FakeGateway) -> None:
    gateway.on("POST", f"/v1/cases/{NAME}/reassign", Says(202, {"status": "requested"}))

    came = oncall("case", "reassign", NAME, "legal", "--reason", "an order by a court")

    assert (came.code, came.out.strip()) == (0, "sent to legal")
    asked = {"desk": "legal", "reason": "an order by a court"}
    assert json.loads(gateway.asked[-1].body) == asked


def test_a_case_nobody_was_asked_about_cannot_be_escalated(
    oncall: OnCall, gateway: FakeGateway
) -> None:
    gateway.on("GET", f"/v1/cases/{NAME}/timeline", Says(body={"items": [], "next": None}))

    came = oncall("case", "escalate", NAME, "--reason", "x")

    assert came.code == 1


def test_queues_are_counted(oncall: OnCall, gateway: FakeGateway) -> None:
    none = {"count": 0, "median_s": None, "p90_s": None}
    took = {"count": 2, "median_s": 95.2, "p90_s": 600.0}
    stat = {
        "queue": "leads", "waiting": 3, "claimed": 1, "held": 2, "overdue": 1, "unserved": 1,
        "unserved_now": 1,
        "oldest_at": None, "next_due_at": None, "wait": none, "work": took,
    }  # fmt: skip
    gateway.on("GET", "/v1/queues", Says(body={"items": [stat], "next": None}))

    came = oncall("queue", "stats")

    [row] = [line.split("│")[1:-1] for line in came.out.splitlines() if "leads" in line]
    assert [cell.strip() for cell in row] == [
        *("leads", "3", "1", "2", "1", "1", "1"), *("-", "-", "-", "-", "1:35", "10:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (problem(404, "not_found", "no such case"), 1),
        (problem(401, "unauthenticated", "who?"), 1),
        (problem(409, "conflict", "not now"), 4),
        (problem(429, "too_many", "slow down", Retry_After="3"), 5),
        (problem(503, "unavailable", "later"), 5),
        (Says(200, None), 1),
    ],
)
def test_a_refusal_is_one_line_and_its_exit_code(
    oncall: OnCall, gateway: FakeGateway, says: Says, code: int
) -> None:
    gateway.on("GET", f"/v1/cases/{NAME}/timeline", says)

    came = oncall("case", "timeline", NAME)

    assert came.code == code
    assert came.out == ""
    assert came.err.startswith("casework: ")
    assert came.err.count("\n") == 1


def test_a_path_in_a_name_stays_a_name(oncall: OnCall, gateway: FakeGateway) -> None:
    came = oncall("case", "show", "../queues")

    assert came.code == 1
    assert gateway.asked[0].path == "/v1/cases/..%2Fqueues"
