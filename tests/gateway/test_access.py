"""Who may ask for what: every route, every role, and one person's things against another's."""

from typing import Any

import httpx
import pytest

from casework.words import Role
from storage.audit_line import Event
from tests.gateway.counter import Counter, detection

HOLDERS = {
    Role.DETECTOR: "classifier-one",
    Role.REVIEWER: "rita",
    Role.LEAD: "lena",
    Role.ONCALL: "otto",
    Role.POLICY: "paula",
    Role.AUDITOR: "axel",
    Role.ADMIN: "ada",
}
DETECTORS = {Role.DETECTOR}
STAFF = set(Role) - DETECTORS
OVERSIGHT = STAFF - {Role.REVIEWER}
RECALLERS = {Role.ONCALL, Role.LEAD, Role.POLICY, Role.ADMIN}
DESK = {Role.REVIEWER, Role.LEAD}
ORDERING = {Role.LEAD, Role.ONCALL, Role.ADMIN}
ON_CALL = {Role.ONCALL, Role.ADMIN}
MAY = {
    "POST /v1/detections": DETECTORS,
    "POST /v1/detections/batch": DETECTORS,
    "GET /v1/cases": OVERSIGHT,
    "GET /v1/cases/{case_id}": OVERSIGHT,
    "GET /v1/cases/{case_id}/timeline": OVERSIGHT,
    "GET /v1/cases/{case_id}/notices": {Role.AUDITOR, Role.ONCALL, Role.LEAD, Role.ADMIN},
    "POST /v1/cases/{case_id}/retry": ON_CALL,
    "POST /v1/cases/{case_id}/reassign": ORDERING,
    "POST /v1/cases/{case_id}/escalations/{reason}/acknowledge": ON_CALL,
    "GET /v1/holds": OVERSIGHT,
    "POST /v1/holds": ON_CALL,
    "GET /v1/holds/{hold_id}": OVERSIGHT,
    "DELETE /v1/holds/{hold_id}": ON_CALL,
    "POST /v1/recalls": RECALLERS,
    "POST /v1/media/again": ORDERING,
    "GET /v1/recalls": OVERSIGHT,
    "GET /v1/recalls/{recall_id}": OVERSIGHT,
    "GET /v1/recalls/{recall_id}/report": OVERSIGHT,
    "POST /v1/recalls/{recall_id}/approve": RECALLERS,
    "POST /v1/recalls/{recall_id}/start": RECALLERS,
    "POST /v1/recalls/{recall_id}/pause": RECALLERS,
    "POST /v1/recalls/{recall_id}/resume": RECALLERS,
    "POST /v1/recalls/{recall_id}/escalations/{reason}/acknowledge": RECALLERS,
    "GET /v1/accounts/{account_id}/standing": OVERSIGHT,
    "GET /v1/cases/{case_id}/actions": OVERSIGHT,
    "GET /v1/actions/{action_id}": OVERSIGHT,
    "POST /v1/actions/{action_id}/reschedule": ORDERING,
    "POST /v1/actions/{action_id}/release": ORDERING,
    "POST /v1/actions/{action_id}/cancel": ORDERING,
    "POST /v1/actions/{action_id}/write-off": ORDERING,
    "GET /v1/quality": {Role.LEAD, Role.POLICY, Role.AUDITOR, Role.ADMIN},
    "GET /v1/quality/me": DESK,
    "GET /v1/golden": {Role.LEAD},
    "POST /v1/golden": {Role.LEAD},
    "DELETE /v1/golden/{golden_id}": {Role.LEAD},
    "GET /v1/me": DESK,
    "POST /v1/me/break": DESK,
    "POST /v1/me/break/end": DESK,
    "GET /v1/queues": STAFF,
    "GET /v1/desk/figures": OVERSIGHT,
    "POST /v1/queues/{queue}/claim": DESK,
    "GET /v1/reviews/{review_id}": STAFF,
    "POST /v1/reviews/{review_id}/decision": DESK,
    "POST /v1/decisions/{decision_id}/undo": DESK,
    "POST /v1/reviews/{review_id}/release": DESK,
    "POST /v1/reviews/{review_id}/extend": DESK,
    "POST /v1/reviews/{review_id}/note": DESK,
    "POST /v1/reviews/{review_id}/escalate": DESK,
    "POST /v1/reviews/{review_id}/hold": DESK,
    "POST /v1/reviews/{review_id}/hand-over": DESK,
    "POST /v1/reviews/{review_id}/skip": DESK,
    "GET /v1/reviews/{review_id}/colleagues": DESK,
    "GET /v1/staff/{person}/profile": STAFF,
    "PUT /v1/staff/{person}/profile": STAFF,
    "GET /v1/staff/{person}/relations": STAFF,
    "PUT /v1/staff/{person}/relations": STAFF,
}
OPEN = {
    "POST /v1/appeals",
    "GET /v1/appeals/{token}",
    "POST /v1/callbacks/{integration}",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
}
BODIES: dict[str, Any] = {
    "decision": {"ruling": "dismiss", "reason": "no"},
    "note": {"text": "CANARY"},
    "escalate": {"reason": "CANARY"},
    "reassign": {"desk": "legal", "reason": "CANARY"},
    "hold": {"until": "2026-11-02T13:00:00Z", "reason": "CANARY"},
    "hand-over": {"to": "lena", "reason": "CANARY"},
    "skip": {"reason": "unclear", "words": "CANARY"},
    "relations": {"items": []},
    "again": {"host": "cdn.example"},
}


async def routes_of(counter: Counter) -> set[str]:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}


async def test_every_route_is_in_this_table(counter: Counter) -> None:
    assert await routes_of(counter) == set(MAY) | OPEN


async def test_openapi_says_who_may_call(counter: Counter) -> None:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()["paths"]

    said = {
        f"{method.upper()} {path}": set(about["x-roles"])
        for path, methods in described.items()
        for method, about in methods.items()
        if about.get("x-roles")
    }

    assert said == MAY


async def ask(counter: Counter, who: str | None, route: str, **names: str) -> httpx.Response:
    method, path = route.split(" ")
    named = {
        "case_id": "0" * 32,
        "review_id": "r-0",
        "queue": "reviewers",
        "reason": "review_due",
        "recall_id": "rc-0",
    }
    for name, value in (named | names).items():
        path = path.replace(f"{{{name}}}", value)
    if method == "GET":
        return await counter.ask(who, method, path)
    body = BODIES.get(path.rsplit("/", 1)[1], {})
    return await counter.ask(who, method, path, json=body, headers={"If-Match": '"guess"'})


@pytest.mark.parametrize("route", sorted(MAY))
async def test_a_route_lets_in_its_roles_and_no_other(counter: Counter, route: str) -> None:
    strangers = [await ask(counter, None, route)]
    strangers.append(await counter.ask("nobody-we-know", *route.split(" ")))

    answers = {role: await ask(counter, who, route) for role, who in HOLDERS.items()}

    assert [answer.status_code for answer in strangers] == [401, 401]
    kept_out = {
        role
        for role, answer in answers.items()
        if answer.status_code == 403 and "this is not for the role" in answer.json()["detail"]
    }
    assert kept_out == set(Role) - MAY[route]
    assert counter.stories.told == []


async def test_one_reviewer_reads_and_touches_nothing_of_another_s(counter: Counter) -> None:
    await counter.in_review()
    held = (await counter.claim("rita")).json()["review_id"]
    told, looks = len(counter.stories.told), await counter.audited(Event.EVIDENCE_VIEWED)
    routes = [route for route in MAY if "{review_id}" in route]

    for route in routes:
        real = await ask(counter, "rolf", route, review_id=held)
        absent = await ask(counter, "rolf", route, review_id=f"r-{'0' * 32}")

        assert real.status_code in {403, 412}, route
        assert (real.status_code, real.content) == (absent.status_code, absent.content), route
    assert len(counter.stories.told) == told
    assert await counter.audited(Event.EVIDENCE_VIEWED) == looks
    assert (await counter.ask("rita", "GET", f"/v1/reviews/{held}")).json()["notes"] == []


async def test_what_is_out_of_scope_looks_as_if_it_were_not_there(counter: Counter) -> None:
    case_id = await counter.in_review()
    review_id = (await counter.claim("rita")).json()["review_id"]
    told = len(counter.stories.told)

    for who in ("hate-lead", "hate-on-call"):
        for route in (r for r in MAY if "{case_id}" in r or "{review_id}" in r):
            real = await ask(counter, who, route, case_id=case_id, review_id=review_id)
            absent = await ask(counter, who, route)

            assert real.status_code in {403, 404, 412}, (who, route)
            assert (real.status_code, real.content) == (absent.status_code, absent.content), (
                who,
                route,
            )
    assert len(counter.stories.told) == told


async def test_a_detector_s_key_opens_nothing_but_its_own_door(counter: Counter) -> None:
    case_id = await counter.in_review()

    for route in set(MAY) - {"POST /v1/detections", "POST /v1/detections/batch"}:
        answer = await ask(counter, "classifier-one", route, case_id=case_id)

        assert answer.status_code == 403, route


async def test_two_detectors_do_not_learn_of_each_other(counter: Counter) -> None:
    mine = await counter.report()

    other = await counter.ask(
        "spam-only", "POST", "/v1/detections", json=detection(harm="spam_scam", score=0.1)
    )

    assert mine.status_code == 202
    assert other.json()["code"] == "detection_conflict"
    assert mine.json()["case_id"] not in other.text
