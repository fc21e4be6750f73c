"""What a detector may send, what it is answered, and what never gets in."""

import json
from datetime import timedelta
from typing import Any

import pytest

from casework.words import Severity, Verdict
from storage.tables import cases
from tests.gateway.conftest import Opening
from tests.gateway.counter import (
    HARM,
    NOON,
    SETTINGS,
    WORDS,
    Counter,
    detection,
    down,
    token_of,
)

DEEP: Any = 1
for _ in range(200):
    DEEP = [DEEP]

MALFORMED = {
    "not JSON": b"{",
    "nothing at all": b"",
    "a list": b"[]",
    "NaN as a score": json.dumps(detection(score=float("nan"))).encode(),
    "an infinite score": json.dumps(detection()).replace("0.8", "1e999").encode(),
    "a score above one": json.dumps(detection(score=1.5)).encode(),
    "a negative score": json.dumps(detection(score=-0.1)).encode(),
    "a name given twice": b'{"harm": "hate",' + json.dumps(detection()).encode()[1:],
    "a field nobody knows": json.dumps(detection(verdict="remove")).encode(),
    "a field missing": json.dumps({"detection_id": "d-1"}).encode(),
    "nested too deep": json.dumps(detection(evidence={"deep": DEEP})).encode(),
    "nested far too deep": b"[" * 100_000,
    "a string that never ends": b'{"' + b'\\"' * 50_000,
    "bad UTF-8": json.dumps(detection()).encode().replace(b"CANARY", b"\xff\xfe"),
    "half a character": json.dumps(detection(evidence={"said": "\ud800"})).encode(),
    "a control character in an id": json.dumps(detection(detection_id="d\x00")).encode(),
    "a date without a zone": json.dumps(detection(observed_at="2026-11-02T12:00:00")).encode(),
    "a date before the first year": json.dumps(
        detection(observed_at="0001-01-01T00:00:00+14:00")
    ).encode(),
    "a number with 10,000 digits": json.dumps(detection()).replace("0.8", "1" * 10_000).encode(),
    "a channel nobody knows": json.dumps(detection(channel="rumour")).encode(),
    "a harm that is not a word": json.dumps(detection(harm="../hate")).encode(),
}  # fmt: skip


async def nothing_got_in(counter: Counter) -> bool:
    return await counter.stored_detections() == 0 and counter.stories.told == []


@pytest.mark.parametrize("what", MALFORMED)
async def test_a_malformed_detection_is_refused_and_leaves_no_trace(
    counter: Counter, what: str
) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await counter.ask(
        "classifier-one", "POST", "/v1/detections", content=MALFORMED[what], headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "CANARY" not in answer.text
    assert await nothing_got_in(counter)


async def test_a_body_that_is_not_called_json_is_refused(counter: Counter) -> None:
    headers = {"Content-Type": "text/plain"}

    answer = await counter.ask(
        "classifier-one", "POST", "/v1/detections", content=b'{"a": 1}', headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_refusal_says_where_the_mistake_is_and_not_what_it_was(counter: Counter) -> None:
    item = {"type": "message", "id": "m-1", "url": WORDS * 200}

    answer = await counter.report(item=item, score="CANARY")

    places = {mistake["at"] for mistake in answer.json()["errors"]}
    assert places == {"body.item.url", "body.score"}
    assert "CANARY" not in answer.text


async def test_a_body_over_the_cap_is_refused_before_it_is_read(counter: Counter) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield b" " * 65_536

    answer = await counter.ask("classifier-one", "POST", "/v1/detections", content=endless())

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert read < 10
    assert await nothing_got_in(counter)


async def test_a_body_announced_as_too_large_is_not_read_at_all(counter: Counter) -> None:
    read = 0

    async def announced() -> Any:
        nonlocal read
        read += 1
        yield b" " * 300_000

    answer = await counter.ask(
        "classifier-one",
        "POST",
        "/v1/detections",
        content=announced(),
        headers={"Content-Length": "300000"},
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert read == 0
    assert await nothing_got_in(counter)


async def test_a_text_over_the_cap_is_refused(counter: Counter) -> None:
    just_fits = {"type": "message", "id": "m-1", "text": "a" * 32_768}

    fits = await counter.report(item=just_fits)
    too_long = await counter.report(item=just_fits | {"text": "a" * 32_769})

    assert fits.status_code == 202
    assert (too_long.status_code, too_long.json()["code"]) == (413, "too_large")


async def test_a_harm_without_a_policy_is_refused(counter: Counter) -> None:
    answer = await counter.report(harm="jaywalking")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_harm")
    assert await nothing_got_in(counter)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic " + token_of("classifier-one")},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"Authorization": "Bearer " + token_of("classifier-one") + " more"},
    ],
)
async def test_without_a_valid_token_nobody_comes_in(
    counter: Counter, headers: dict[str, str]
) -> None:
    answer = await counter.ask(None, "POST", "/v1/detections", json=detection(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await nothing_got_in(counter)


async def test_who_is_asked_before_what(counter: Counter) -> None:
    answer = await counter.ask(None, "POST", "/v1/detections", content=b"{")

    assert answer.status_code == 401


async def test_a_revoked_token_is_refused_at_once(counter: Counter) -> None:
    await counter.report()

    await counter.store.staff.revoke("classifier-one")

    assert (await counter.report(detection_id="d-2")).status_code == 401
    assert await counter.stored_detections() == 1


@pytest.mark.parametrize("who", ["rita", "lena", "otto", "paula", "axel", "ada"])
async def test_only_a_detector_may_report(counter: Counter, who: str) -> None:
    answer = await counter.report(who)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await nothing_got_in(counter)


async def test_a_detector_may_report_the_harms_of_its_scope_only(counter: Counter) -> None:
    outside = await counter.report("spam-only")
    inside = await counter.report("spam-only", harm="spam_scam")

    assert (outside.status_code, outside.json()["code"]) == (403, "forbidden")
    assert inside.status_code == 202
    assert await counter.stored_detections() == 1


async def test_a_detection_from_the_future_is_refused(counter: Counter) -> None:
    skewed = (NOON + timedelta(minutes=5)).isoformat()
    too_far = (NOON + timedelta(minutes=5, seconds=1)).isoformat()

    fits = await counter.report(observed_at=skewed)
    refused = await counter.report(detection_id="d-2", observed_at=too_far)

    assert fits.status_code == 202
    assert (refused.status_code, refused.json()["code"]) == (422, "future_dated")
    assert await counter.stored_detections() == 1


async def test_the_year_2100_and_the_year_1970_are_treated_as_what_they_are(
    counter: Counter,
) -> None:
    future = await counter.report(observed_at="2100-01-01T00:00:00Z")
    past = await counter.report(observed_at="1970-01-01T00:00:00Z")

    assert future.json()["code"] == "future_dated"
    async with counter.store.database.reading() as tx:
        case = await tx.row(cases.select())
    assert past.status_code == 202
    assert case is not None
    assert case.opened_at == NOON


async def test_an_accepted_detection_is_stored_before_its_case_is_told(counter: Counter) -> None:
    answer = await counter.report()

    case_id = answer.json()["case_id"]
    assert answer.status_code == 202
    assert answer.json() == {"case_id": case_id, "detection_id": "d-1", "status": "accepted"}
    assert answer.headers["location"] == f"/v1/cases/{case_id}"
    [(how, start, news, facts)] = counter.stories.told
    assert (how, start.case_id, start.harm) == ("detected", case_id, HARM)
    assert news.detection_id == "d-1"
    assert (facts.severity, facts.detector) == (Severity.HIGH, "toxicity")
    assert await counter.store.intake.unacknowledged(timedelta()) == []


async def test_what_is_said_to_the_stories_has_no_content_in_it(counter: Counter) -> None:
    await counter.report()

    assert "CANARY" not in repr(counter.stories.told)
    assert "u-1" not in repr(counter.stories.told)


async def test_the_same_detection_again_gets_the_same_answer_and_tells_nobody(
    counter: Counter,
) -> None:
    first = await counter.report()

    again = await counter.report()

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(counter.stories.told) == 1
    assert await counter.stored_detections() == 1


async def test_the_same_detection_in_another_spelling_is_the_same(counter: Counter) -> None:
    first = await counter.report()
    other_order = dict(reversed(detection(observed_at="2026-11-02T13:00:00+01:00").items()))

    again = await counter.ask("classifier-one", "POST", "/v1/detections", json=other_order)

    assert again.json() == first.json()
    assert again.status_code == 202


async def test_the_same_id_with_another_body_is_refused(counter: Counter) -> None:
    await counter.report()

    answer = await counter.report(score=0.9)

    assert (answer.status_code, answer.json()["code"]) == (409, "detection_conflict")
    assert await counter.stored_detections() == 1
    assert len(counter.stories.told) == 1


async def test_while_temporal_is_down_a_detection_is_stored_and_the_caller_told_so(
    counter: Counter,
) -> None:
    counter.stories.trouble = down()

    answer = await counter.report()

    assert (answer.status_code, answer.json()["code"]) == (503, "stored_not_started")
    assert answer.headers["retry-after"] == "7"
    [waiting] = await counter.store.intake.unacknowledged(timedelta())
    assert waiting.detection_id == "d-1"


async def test_sending_a_stored_detection_again_starts_its_case(counter: Counter) -> None:
    counter.stories.trouble = down()
    await counter.report()
    counter.stories.trouble = None

    answer = await counter.report()

    assert answer.status_code == 202
    assert [told[0] for told in counter.stories.told] == ["detected"]
    assert await counter.stored_detections() == 1


@pytest.mark.parametrize(
    ("ruling", "status"),
    [
        (Verdict.ENFORCE, "enforced"),
        (Verdict.DISMISS, "dismissed"),
        (Verdict.REVIEW, "review"),
    ],
)
async def test_with_a_wait_the_answer_has_the_ruling(
    counter: Counter, ruling: Verdict, status: str
) -> None:
    counter.stories.ruling = ruling

    answer = await counter.ask(
        "classifier-one", "POST", "/v1/detections?wait=2.5", json=detection()
    )

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["ruling"]) == (status, ruling)
    [(how, _, _, _, wait)] = counter.stories.told
    assert (how, wait) == ("verdict", timedelta(seconds=2.5))


async def test_a_ruling_that_does_not_come_in_time_is_pending_and_the_case_surely_told(
    counter: Counter,
) -> None:
    answer = await counter.ask("classifier-one", "POST", "/v1/detections?wait=1", json=detection())

    assert answer.json()["status"] == "pending"
    assert "ruling" not in answer.json()
    assert [told[0] for told in counter.stories.told] == ["verdict", "detected"]


async def test_a_repetition_with_a_wait_learns_what_was_ruled_meanwhile(
    counter: Counter,
) -> None:
    await counter.in_review()

    answer = await counter.ask("classifier-one", "POST", "/v1/detections?wait=1", json=detection())

    assert answer.json()["status"] == "review"
    assert len(counter.stories.told) == 1


@pytest.mark.parametrize("wait", ["31", "-1", "nan", "inf", "soon"])
async def test_a_wait_that_is_none_is_refused(counter: Counter, wait: str) -> None:
    answer = await counter.ask(
        "classifier-one", "POST", f"/v1/detections?wait={wait}", json=detection()
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert await nothing_got_in(counter)


async def test_a_flood_is_slowed_down_and_told_for_how_long(opening: Opening) -> None:
    quotas = SETTINGS.quotas.model_copy(update={"detections": 2})
    counter = opening(SETTINGS.model_copy(update={"quotas": quotas}))
    await counter.report(detection_id="d-1")
    await counter.report(detection_id="d-2")

    refused = await counter.report(detection_id="d-3")
    others = await counter.report("spam-only", detection_id="d-4", harm="spam_scam")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert refused.headers["retry-after"] == "30"
    assert others.status_code == 202
    counter.watch.passes(timedelta(seconds=30))
    assert (await counter.report(detection_id="d-3")).status_code == 202
