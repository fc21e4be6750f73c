"""The same request again, under the same key."""

from typing import Any

import pytest

from casework.errors import Unavailable
from storage.audit_line import Event
from storage.tables import idempotency
from tests.gateway.counter import Counter, detection, down

KEY = {"Idempotency-Key": "key-1"}


async def report(counter: Counter, who: str, **changed: Any) -> Any:
    body = detection(**changed)
    return await counter.ask(who, "POST", "/v1/detections", json=body, headers=KEY)


async def test_a_repetition_gets_the_first_answer_and_is_marked(counter: Counter) -> None:
    first = await report(counter, "classifier-one")

    again = await report(counter, "classifier-one")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert len(counter.stories.told) == 1


async def test_the_same_key_with_another_body_is_refused(counter: Counter) -> None:
    await report(counter, "classifier-one")

    answer = await report(counter, "classifier-one", detection_id="d-2")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert await counter.stored_detections() == 1


async def test_another_caller_s_key_is_another_key(counter: Counter) -> None:
    await report(counter, "classifier-one")

    answer = await report(counter, "spam-only", detection_id="d-2", harm="spam_scam")

    assert answer.status_code == 202
    assert "idempotent-replay" not in answer.headers
    assert await counter.stored_detections() == 2


async def test_the_same_key_at_another_address_is_refused(counter: Counter) -> None:
    case_id = await counter.opened()
    await counter.ask("otto", "POST", f"/v1/cases/{case_id}/retry", headers=KEY)

    answer = await counter.ask(
        "otto", "POST", f"/v1/cases/{case_id}/escalations/review_due/acknowledge", headers=KEY
    )

    assert answer.json()["code"] == "idempotency_conflict"


async def test_what_was_refused_may_be_asked_again(counter: Counter) -> None:
    counter.stories.trouble = down()
    await report(counter, "classifier-one")
    counter.stories.trouble = None

    answer = await report(counter, "classifier-one")

    assert answer.status_code == 202


async def test_what_failed_unforeseen_may_be_asked_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(counter.stories, "detected", None)
        failed = await report(counter, "classifier-one")

    answer = await report(counter, "classifier-one")

    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    assert answer.status_code == 202


async def test_a_request_under_way_is_not_answered_twice(counter: Counter) -> None:
    await counter.store.idempotency.remember("otto", "key-1", b"whatever")

    answer = await counter.ask("otto", "POST", f"/v1/cases/{'0' * 32}/retry", headers=KEY)

    assert answer.status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 256, "ü"])
async def test_a_key_that_is_none_is_refused(counter: Counter, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}

    answer = await counter.ask(
        "classifier-one", "POST", "/v1/detections", json=detection(), headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert await counter.stored_detections() == 0


async def test_a_repeated_claim_shows_the_same_review_and_is_a_look_of_its_own(
    counter: Counter,
) -> None:
    await counter.in_review()
    first = await counter.ask("rita", "POST", "/v1/queues/reviewers/claim", headers=KEY)

    again = await counter.ask("rita", "POST", "/v1/queues/reviewers/claim", headers=KEY)

    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replay"] == "true"
    assert await counter.audited(Event.EVIDENCE_VIEWED) == 2


async def test_a_repeated_claim_never_takes_another_review(counter: Counter) -> None:
    await counter.in_review()
    item = {"type": "message", "id": "m-2", "text": "also"}
    await counter.in_review(detection_id="d-2", item=item)
    first = await counter.ask("rita", "POST", "/v1/queues/reviewers/claim", headers=KEY)
    await counter.decide("rita", first, "dismiss")

    again = await counter.ask("rita", "POST", "/v1/queues/reviewers/claim", headers=KEY)

    assert (again.status_code, again.json()["code"]) == (412, "stale_claim")
    assert (await counter.claim("rolf")).status_code == 200


async def test_evidence_is_not_kept_with_the_answers(counter: Counter) -> None:
    await counter.in_review()
    await counter.ask("rita", "POST", "/v1/queues/reviewers/claim", headers=KEY)

    async with counter.store.database.reading() as tx:
        [row] = await tx.rows(idempotency.select())
    assert len(row.sealed) < 400


async def test_a_note_is_left_once(counter: Counter) -> None:
    await counter.in_review()
    path = f"/v1/reviews/{(await counter.claim()).json()['review_id']}"

    for _ in range(2):
        answer = await counter.ask(
            "rita", "POST", f"{path}/note", json={"text": "once"}, headers=KEY
        )

    assert (answer.status_code, answer.headers["idempotent-replay"]) == (204, "true")
    assert len((await counter.ask("rita", "GET", path)).json()["notes"]) == 1


async def test_an_appeal_s_key_belongs_to_its_token(counter: Counter) -> None:
    _, token = await counter.enforced()
    body = {"token": token, "reason": "a joke"}
    first = await counter.ask(None, "POST", "/v1/appeals", json=body, headers=KEY)

    again = await counter.ask(None, "POST", "/v1/appeals", json=body, headers=KEY)
    other = {"token": token, "reason": "no joke"}
    conflict = await counter.ask(None, "POST", "/v1/appeals", json=other, headers=KEY)

    assert (again.status_code, again.content) == (202, first.content)
    assert conflict.json()["code"] == "idempotency_conflict"


async def test_a_failing_database_does_not_leave_the_key_locked(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("the database is not answering")

    with monkeypatch.context() as broken:
        broken.setattr(counter.store.intake, "accept", away)
        failed = await report(counter, "classifier-one")

    answer = await report(counter, "classifier-one")

    assert (failed.status_code, failed.json()["code"]) == (503, "unavailable")
    assert failed.headers["retry-after"] == "5"
    assert answer.status_code == 202
