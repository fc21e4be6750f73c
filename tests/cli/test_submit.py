import json
from pathlib import Path

import pytest

from tests.cli.fake_gateway import Answering, Asked, FakeGateway, Says, accepted, problem
from tests.cli.terminal import Came, Terminal

PATH = "/v1/detections"


def down_but_for(*names: str) -> Answering:
    def answer(asked: Asked) -> Says:
        known = json.loads(asked.body)["detection_id"] in names
        return accepted(asked) if known else problem(503, "unavailable", Retry_After="60")

    return answer


class Desk:
    """A file of detections, and the command that sends it."""

    def __init__(self, casework: Terminal, gateway: FakeGateway, folder: Path) -> None:
        self._casework = casework
        self._gateway = gateway
        self.file = folder / "found.jsonl"
        self.mark = folder / "found.jsonl.progress"

    def write(self, *names: str) -> None:
        lines = [json.dumps({"detection_id": name}) for name in names]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def send(self, *options: object) -> Came:
        where = ("--url", self._gateway.url, "--token", "t", "--json")
        return self._casework("submit", self.file, *where, *options)

    def results(self) -> list[dict[str, object]]:
        lines = self.file.with_name("found.jsonl.results.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def sent(self) -> list[str]:
        asked = (json.loads(one.body)["detection_id"] for one in self._gateway.asked)
        return sorted(asked)


@pytest.fixture
def desk(casework: Terminal, gateway: FakeGateway, tmp_path: Path) -> Desk:
    return Desk(casework, gateway, tmp_path)


def test_every_line_gets_its_result_in_order(desk: Desk, gateway: FakeGateway) -> None:
    desk.write(*(f"d{number}" for number in range(20)))
    gateway.on("POST", PATH, accepted)

    came = desk.send()

    assert came.code == 0
    assert came.json()["accepted"] == 20
    assert [one["line"] for one in desk.results()] == list(range(1, 21))
    assert desk.results()[3] == {
        "line": 4,
        "status": "accepted",
        "detection_id": "d3",
        "case_id": "case-d3",
    }
    assert not desk.mark.exists()
    assert {one.token for one in gateway.asked} == {"t"}


def test_a_refused_line_is_written_down_and_the_others_go_through(
    desk: Desk, gateway: FakeGateway
) -> None:
    def picky(asked: Asked) -> Says:
        bad = json.loads(asked.body)["detection_id"] == "bad"
        return problem(422, "unknown_harm", "no policy") if bad else accepted(asked)

    desk.write("one", "bad", "two")
    gateway.on("POST", PATH, picky)

    came = desk.send()

    assert came.code == 1
    assert "1 of 3 lines were refused" in came.err
    assert desk.results()[1] == {
        "line": 2,
        "status": "refused",
        "detection_id": "bad",
        "code": "unknown_harm",
        "detail": "no policy",
    }
    assert [one["status"] for one in desk.results()] == ["accepted", "refused", "accepted"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_gateway_is_asked_again(desk: Desk, gateway: FakeGateway, status: int) -> None:
    desk.write("one")
    gateway.on("POST", PATH, problem(status, "busy", Retry_After="0"), accepted)

    came = desk.send()

    assert came.code == 0
    assert desk.sent() == ["one", "one"]


def test_what_was_interrupted_goes_on_where_it_stopped(desk: Desk, gateway: FakeGateway) -> None:
    desk.write("d1", "d2", "d3", "d4")
    gateway.on("POST", PATH, down_but_for("d1", "d2"))
    first = desk.send("--patience", 1)
    gateway.asked.clear()
    gateway.on("POST", PATH, accepted)

    second = desk.send()

    assert first.code == 5
    assert second.code == 0
    assert set(desk.sent()) == {"d3", "d4"}
    assert second.json()["accepted"] == 4
    assert [one["line"] for one in desk.results()] == [1, 2, 3, 4]


def test_a_file_that_changed_meanwhile_is_not_gone_on_with(
    desk: Desk, gateway: FakeGateway
) -> None:
    desk.write("d1", "d2")
    gateway.on("POST", PATH, down_but_for("d1"))
    desk.send("--patience", 1)
    desk.write("other", "d2")

    came = desk.send("--patience", 1)

    assert came.code == 4
    assert "has changed" in came.err


def test_a_bad_token_stops_everything_at_once(desk: Desk, gateway: FakeGateway) -> None:
    desk.write(*(f"d{number}" for number in range(50)))
    gateway.on("POST", PATH, problem(401, "unauthenticated", "who are you?"))

    came = desk.send()

    assert came.code == 1
    assert "unauthenticated" in came.err
    assert len(gateway.asked) < 20
    assert desk.results() == []


def test_empty_lines_are_passed_over_and_bytes_go_out_as_written(
    desk: Desk, gateway: FakeGateway
) -> None:
    desk.file.write_bytes('\n{"detection_id":  "ä\u200b"}\n\n'.encode())
    gateway.on("POST", PATH, accepted)

    came = desk.send()

    assert came.json()["lines"] == 1
    assert [one.body for one in gateway.asked] == ['{"detection_id":  "ä\u200b"}'.encode()]


def test_a_gateway_that_is_not_there_is_one_clear_line(casework: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("{}\n")
    nobody = "http://127.0.0.1:9"

    came = casework("submit", file, "--url", nobody, "--token", "t", "--patience", 0)

    assert came.code == 5
    assert came.err == "casework: unavailable: 127.0.0.1:9 does not answer (ConnectError)\n"


def test_a_missing_file_is_a_usage_error(casework: Terminal, tmp_path: Path) -> None:
    came = casework("submit", tmp_path / "none.jsonl", "--url", "http://x", "--token", "t")

    assert came.code == 2
