"""Many detections in one request."""

import json
from typing import Any

from casework.errors import CaseworkError
from storage.intake import Accepted, Intake
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter, detection, down


def lines(*detections: dict[str, Any] | bytes) -> bytes:
    return b"\n".join(d if isinstance(d, bytes) else json.dumps(d).encode() for d in detections)


async def send(counter: Counter, body: Any, **headers: str) -> list[dict[str, Any]]:
    answer = await counter.ask(
        "classifier-one",
        "POST",
        "/v1/detections/batch",
        content=body,
        headers={"Content-Type": "application/x-ndjson"} | headers,
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_every_line_is_answered_in_its_place(counter: Counter) -> None:
    body = lines(*(detection(detection_id=f"d-{n}") for n in range(30)))

    answers = await send(counter, body)

    assert [answer["line"] for answer in answers] == list(range(1, 31))
    assert {answer["status"] for answer in answers} == {"accepted"}
    assert await counter.stored_detections() == 30


async def test_a_bad_line_never_stops_the_others(counter: Counter) -> None:
    too_long = detection(item={"type": "m", "id": "1", "text": "a" * 300_000})
    body = lines(
        detection(detection_id="d-1"),
        b"{",
        b"",
        too_long,
        detection(harm="jaywalking"),
        detection(detection_id="d-1", score=0.1),
        b"\xff\xff",
        detection(detection_id="d-2"),
    )

    answers = await send(counter, body)

    said = {a["line"]: a["problem"]["code"] if "problem" in a else a["status"] for a in answers}
    assert said == {
        1: "accepted",
        2: "malformed",
        4: "too_large",
        5: "unknown_harm",
        6: "detection_conflict",
        7: "malformed",
        8: "accepted",
    }
    assert await counter.stored_detections() == 2


async def test_of_two_lines_with_one_id_the_first_counts(counter: Counter) -> None:
    pairs = [
        detection(detection_id=f"d-{n}", score=score) for n in range(20) for score in (0.8, 0.9)
    ]

    answers = await send(counter, lines(*pairs))

    assert [answer["status"] for answer in answers] == ["accepted", "refused"] * 20


async def test_what_nobody_foresaw_about_one_line_stays_with_that_line(
    counter: Counter, monkeypatch: Any
) -> None:
    accept = Intake.accept

    async def stumble(self: Intake, found: Any, *more: Any, **named: Any) -> Accepted:
        if found.detection_id == "poison":
            raise ZeroDivisionError("CANARY")
        return await accept(self, found, *more, **named)

    monkeypatch.setattr(Intake, "accept", stumble)

    answers = await send(
        counter, lines(detection(detection_id="poison"), detection(detection_id="d-2"))
    )

    assert answers[0]["problem"]["code"] == "internal"
    assert "CANARY" not in json.dumps(answers)
    assert answers[1]["status"] == "accepted"


async def test_a_batch_is_read_while_it_comes(counter: Counter) -> None:
    text = json.dumps(detection()).encode()

    async def in_pieces() -> Any:
        for n in range(3):
            line = text.replace(b'"d-1"', f'"d-{n}"'.encode()) + b"\n"
            for start in range(0, len(line), 7):
                yield line[start : start + 7]

    answers = await send(counter, in_pieces())

    assert [answer["detection_id"] for answer in answers] == ["d-0", "d-1", "d-2"]


async def test_a_batch_of_too_many_lines_is_answered_as_far_as_it_goes(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"batch_cap_lines": 2}))

    answers = await send(counter, lines(*(detection(detection_id=f"d-{n}") for n in range(5))))

    assert [answer["line"] for answer in answers] == [1, 2, 0]
    assert answers[2]["problem"]["code"] == "too_large"
    assert await counter.stored_detections() == 2


async def test_a_batch_of_too_many_bytes_is_not_read_on(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"batch_cap_bytes": 10_000}))
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 5_000

    answers = await send(counter, endless())

    assert answers[-1]["problem"]["code"] == "too_large"
    assert read < 5


async def test_lines_whose_case_could_not_be_told_say_so(counter: Counter) -> None:
    counter.stories.trouble = down()

    [answer] = await send(counter, lines(detection()))

    assert (answer["status"], answer["problem"]["code"]) == ("stored", "stored_not_started")
    assert await counter.stored_detections() == 1


async def test_every_line_counts_against_the_quota(opening: Opening) -> None:
    quotas = SETTINGS.quotas.model_copy(update={"detections": 3})
    counter = opening(SETTINGS.model_copy(update={"quotas": quotas}))

    answers = await send(counter, lines(*(detection(detection_id=f"d-{n}") for n in range(5))))

    refused = [a["problem"]["code"] for a in answers if "problem" in a]
    assert refused == ["too_many", "too_many"]


async def test_a_batch_under_a_key_is_answered_once(counter: Counter) -> None:
    body = lines(detection(detection_id="d-1"), b"{")

    first = await send(counter, body, **{"Idempotency-Key": "k"})
    again = await send(counter, body, **{"Idempotency-Key": "k"})

    assert first == again
    assert len(counter.stories.told) == 1


async def test_a_batch_that_could_not_be_told_may_be_sent_again_under_its_key(
    counter: Counter,
) -> None:
    counter.stories.trouble = down()
    await send(counter, lines(detection()), **{"Idempotency-Key": "k"})
    counter.stories.trouble = None

    [answer] = await send(counter, lines(detection()), **{"Idempotency-Key": "k"})

    assert answer["status"] == "accepted"


async def test_a_batch_needs_a_detector(counter: Counter) -> None:
    answer = await counter.ask("rita", "POST", "/v1/detections/batch", content=lines(detection()))

    assert answer.status_code == 403
    assert await counter.stored_detections() == 0


async def test_a_refusal_of_ours_is_the_only_error_that_names_its_code(counter: Counter) -> None:
    counter.stories.trouble = CaseworkError("CANARY")

    [answer] = await send(counter, lines(detection()))

    assert answer["problem"]["code"] == "internal"
    assert "CANARY" not in json.dumps(answer)
