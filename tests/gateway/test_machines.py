"""What machines ask, and what every answer carries."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from casework.errors import Refused, TooMany, Unavailable
from gateway.app import build
from gateway.doors import Doors
from gateway.problems import status_of
from integrations.webhooks.signing import SigningKeys
from tests.gateway.conftest import Opening
from tests.gateway.counter import NOON, SETTINGS, Counter, detection, down


async def test_a_living_gateway_says_so_without_asking_anybody(counter: Counter) -> None:
    counter.stories.trouble = down()

    answer = await counter.ask(None, "GET", "/healthz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_readiness_writes_and_asks_temporal(counter: Counter) -> None:
    before = counter.store.database.commits

    answer = await counter.ask(None, "GET", "/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert counter.store.database.commits > before


async def test_without_temporal_it_is_not_ready(counter: Counter) -> None:
    counter.stories.trouble = down()

    answer = await counter.ask(None, "GET", "/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not_ready",
        "database": "ok",
        "temporal": "unavailable",
    }


async def test_without_a_database_that_takes_writes_it_is_not_ready(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_only(_work: object) -> None:
        raise Unavailable("read-only")

    monkeypatch.setattr(counter.store.database, "write", read_only)

    answer = await counter.ask(None, "GET", "/readyz")

    assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")


async def test_metrics_count_and_name_nobody(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.ask("otto", "GET", f"/v1/cases/{case_id}")
    await counter.ask(None, "GET", "/v1/appeals/CANARY")
    await counter.ask(None, "GET", "/CANARY")
    await counter.ask(None, "CANARY", "/v1/cases")

    page = (await counter.ask(None, "GET", "/metrics")).text

    assert 'casework_queue_waiting{queue="reviewers"} 1.0' in page
    assert 'casework_detections_total{result="accepted"} 1.0' in page
    assert 'route="/v1/cases/{case_id}",status="200"' in page
    assert 'route="unmatched",status="404"' in page
    for secret in (case_id, "CANARY", "u-1", "m-1", "otto"):
        assert secret not in page


HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/v1/cases", 401), ("/nowhere", 404), ("/console/sign-in", 200)],
)
async def test_every_answer_tells_browsers_to_be_careful(
    counter: Counter, path: str, status: int
) -> None:
    answer = await counter.ask(None, "GET", path)

    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in answer.headers


async def test_over_https_browsers_are_told_to_stay_there(opening: Opening) -> None:
    safe = SETTINGS.model_copy(update={"public_url": "https://casework.test"})
    counter = opening(safe)

    answer = await counter.ask(None, "GET", "/healthz")

    assert "max-age=31536000" in answer.headers["strict-transport-security"]


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(counter: Counter) -> None:
    unknown = await counter.ask(None, "GET", "/v1/nowhere")
    wrong = await counter.ask("otto", "DELETE", "/v1/cases")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"


async def test_what_nobody_foresaw_is_answered_without_a_word_of_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr(counter.store.intake, "accept", stumble)

    answer = await counter.report()

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    reference = answer.json()["detail"].split()[-1].rstrip(".")
    logged = capsys.readouterr()
    assert reference in logged.out + logged.err
    assert "CANARY" not in answer.text + logged.out + logged.err
    assert "Traceback" not in answer.text


async def test_traces_name_no_address(counter: Counter) -> None:
    spans = InMemorySpanExporter()
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(spans))

    await counter.ask(None, "GET", "/v1/appeals/CANARY")
    await counter.ask("otto", "GET", "/v1/cases?account=CANARY")

    told = [str(span.attributes) + span.name for span in spans.get_finished_spans()]
    assert "CANARY" not in "".join(told)


# -- OpenAPI ---------------------------------------------------------------------------------------


async def test_the_description_is_a_valid_one(counter: Counter) -> None:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()

    OpenAPI.model_validate(described)
    assert "HTTPValidationError" not in json.dumps(described)
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert dangling(described, described) == set()


async def test_the_description_names_every_code_there_is(counter: Counter) -> None:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()["info"]["description"]

    said = {code: int(status) for code, status in re.findall(r"\| `(\w+)` \| (\d+)", described)}

    refusals = {kind.code: status_of(kind("")) for kind in leaves(Refused) if kind is not TooMany}
    assert refusals.items() <= said.items()
    assert (said["too_many"], said["stored_not_started"], said["internal"]) == (429, 503, 500)


async def test_what_is_answered_is_what_is_described(counter: Counter) -> None:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()
    case_id, token = await counter.enforced()
    item = {"type": "message", "id": "m-2", "text": "also"}
    await counter.in_review(detection_id="d-2", item=item)
    claimed = await counter.claim()
    asked = [
        ("POST /v1/detections", await counter.report()),
        ("POST /v1/queues/{queue}/claim", claimed),
        ("POST /v1/reviews/{review_id}/decision", await counter.decide("rita", claimed)),
        ("GET /v1/cases", await counter.ask("otto", "GET", "/v1/cases")),
        ("GET /v1/cases/{case_id}", await counter.ask("otto", "GET", f"/v1/cases/{case_id}")),
        ("GET /v1/queues", await counter.ask("otto", "GET", "/v1/queues")),
        ("GET /v1/appeals/{token}", await counter.ask(None, "GET", f"/v1/appeals/{token}")),
        ("GET /v1/cases", await counter.ask(None, "GET", "/v1/cases")),
        ("POST /v1/detections", await counter.report(score=7)),
    ]

    for route, answer in asked:
        method, path = route.split(" ")
        about = described["paths"][path][method.lower()]["responses"][str(answer.status_code)]
        kind = answer.headers["content-type"]
        schema = about["content"][kind]["schema"] | {"components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())


async def test_sound_detections_fit_the_description_and_unsound_ones_do_not(
    counter: Counter,
) -> None:
    described = (await counter.ask(None, "GET", "/openapi.json")).json()
    about = described["paths"]["/v1/detections"]["post"]["requestBody"]["content"]
    schema = about["application/json"]["schema"] | {"components": described["components"]}
    decision = {"$ref": "#/components/schemas/DecisionBody", "components": described["components"]}

    def fits(shape: Any, body: Any) -> bool:
        return bool(Draft202012Validator(shape).is_valid(body))

    assert fits(schema, detection())
    assert not fits(schema, detection(verdict="remove"))
    assert fits(
        decision,
        {"ruling": "enforce", "reason": "x", "actions": ["remove_item", {"ban_account": "P7D"}]},
    )
    assert not fits(decision, {"ruling": "enforce", "reason": "x", "actions": ["shout"]})


def leaves(kind: type[Refused]) -> set[type[Refused]]:
    """The domain's refusals; other packages' own ones are never answered over HTTP."""
    below = {leaf for each in kind.__subclasses__() for leaf in leaves(each)}
    own = {kind} if kind.__module__ == "casework.errors" and kind is not Refused else set()
    return below | own


def dangling(part: Any, whole: Any) -> set[str]:
    """References in a description that point nowhere."""
    if isinstance(part, list):
        return {name for each in part for name in dangling(each, whole)}
    if not isinstance(part, dict):
        return set()
    found = {name for each in part.values() for name in dangling(each, whole)}
    ref = part.get("$ref")
    if isinstance(ref, str) and ref.rsplit("/", 1)[1] not in whole["components"]["schemas"]:
        found.add(ref)
    return found


# -- callbacks -------------------------------------------------------------------------------------

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OTHER = "whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXpBQkNERUY="


class Vendor:
    """A vendor that calls back."""

    def __init__(self, secret: str) -> None:
        self._keys = SigningKeys([secret])
        self.taken: list[bytes] = []

    def verify(self, headers: Any, body: bytes, *, now: datetime) -> str:
        return self._keys.verify(headers, body, now=now)

    async def take(self, message_id: str, body: bytes) -> None:
        self.taken.append(body)


@pytest.fixture
def vendors(counter: Counter) -> dict[str, Vendor]:
    vendors = {"hive": Vendor(SECRET), "other": Vendor(OTHER)}
    doors = counter.doors
    counter.app = build(
        Doors(
            doors.store,
            doors.stories,
            doors.keyring,
            doors.settings,
            callbacks=vendors,
            clock=doors.clock,
        )
    )
    return vendors


async def call_back(
    counter: Counter,
    to: str = "hive",
    *,
    secret: str = SECRET,
    at: datetime = NOON,
    body: bytes = b'{"score": 1}',
    sent: bytes | None = None,
) -> tuple[int, str | None]:
    headers = SigningKeys([secret]).sign("msg-1", body, at=at)
    answer = await counter.ask(
        None, "POST", f"/v1/callbacks/{to}", content=sent or body, headers=headers
    )
    return answer.status_code, answer.json().get("code")


async def test_a_genuine_callback_is_taken_once(
    counter: Counter, vendors: dict[str, Vendor]
) -> None:
    answers = [await call_back(counter) for _ in range(2)]

    assert answers == [(202, None), (202, None)]
    assert vendors["hive"].taken == [b'{"score": 1}']


async def test_callbacks_that_are_not_genuine_change_nothing(
    counter: Counter, vendors: dict[str, Vendor]
) -> None:
    forged = await call_back(counter, secret=OTHER)
    changed = await call_back(counter, sent=b'{"score": 0}')
    late = await call_back(counter, at=NOON - timedelta(minutes=10))
    early = await call_back(counter, at=NOON + timedelta(minutes=10))
    elsewhere = await call_back(counter, "other")
    unsigned = await counter.ask(None, "POST", "/v1/callbacks/hive", content=b"{}")

    assert {forged, changed, late, early, elsewhere} == {(401, "unauthenticated")}
    assert unsigned.status_code == 401
    assert vendors["hive"].taken == vendors["other"].taken == []


async def test_the_same_id_with_another_body_is_refused(
    counter: Counter, vendors: dict[str, Vendor]
) -> None:
    await call_back(counter)

    answer = await call_back(counter, body=b'{"score": 0}')

    assert answer == (409, "idempotency_conflict")
    assert len(vendors["hive"].taken) == 1


async def test_a_vendor_we_do_not_know_is_not_found(counter: Counter) -> None:
    assert await call_back(counter, "nobody") == (404, "not_found")
