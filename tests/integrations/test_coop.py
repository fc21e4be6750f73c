"""Coop: what the fake and the real client promise, what is on the wire, and what is believed."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pydantic import SecretStr

from casework.errors import Malformed, Nonsense, TurnedDown, Unauthenticated, Unavailable
from casework.handoffs import Handout, OtherDesk
from casework.ruling import Measure
from casework.words import ActionKind
from integrations.coop.client import Coop, acted_of
from integrations.coop.fake import FakeCoop
from integrations.coop.settings import CoopMistake, CoopSettings, rulings_of
from integrations.coop.signing import SIGNATURE, PublicKeys
from integrations.coop.simulator import CoopFault, CoopSimulator, Signer, action_body
from integrations.http import Limits, Outbound
from integrations.simulation import FaultOrder
from tests.integrations.cases import ACCOUNT, ITEM
from tests.integrations.serving import served
from tests.integrations.strangers import Answer, always, fails_with, outbound_to

KEY = "a key of coop's"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def settings(url: str = "https://coop.example", key: str = KEY) -> CoopSettings:
    return CoopSettings(
        url=url, api_key=SecretStr(key), item_type="casework-review", reporter_type="casework"
    )


def handout(reference: str = "o-1") -> Handout:
    return Handout(
        reference=reference,
        harm="harassment",
        item=ITEM,
        account=ACCOUNT,
        text="what was said",
        asked_at=NOON,
        due_at=NOON + timedelta(hours=4),
    )


# -- what every such tool promises -----------------------------------------------------------------


@dataclass
class There:
    desk: OtherDesk
    jobs: Callable[[], list[str]]


@pytest.fixture(params=["fake", "coop"])
async def there(request: pytest.FixtureRequest) -> AsyncIterator[There]:
    if request.param == "fake":
        fake = FakeCoop()
        yield There(fake, lambda: list(fake.jobs))
        return
    simulator = CoopSimulator(KEY)
    async with served(simulator.app()) as url, Outbound() as http:
        yield There(Coop(http, settings(url)), lambda: list(simulator.jobs))


async def test_what_is_handed_out_is_a_job_there(there: There) -> None:
    their_id = await there.desk.hand_out(handout())

    assert there.desk.name == "coop"
    assert their_id
    assert there.jobs() == ["o-1"]


async def test_handed_out_again_it_is_the_same_job(there: There) -> None:
    for reference in ("o-1", "o-2", "o-1"):
        await there.desk.hand_out(handout(reference))

    assert there.jobs() == ["o-1", "o-2"]


# -- on the wire -----------------------------------------------------------------------------------


async def test_a_report_is_exactly_the_format() -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, content=b'{"reportId": "r-7", "more": 1}')

    async with outbound_to(keep) as http:
        their_id = await Coop(http, settings()).hand_out(handout())

    assert their_id == "r-7"
    assert seen[0].url == "https://coop.example/api/v1/report"
    assert seen[0].headers["x-api-key"] == KEY
    assert json.loads(seen[0].content) == {
        "reporter": {"kind": "user", "typeId": "casework", "id": "casework"},
        "reportedAt": "2026-11-02T12:00:00Z",
        "reportedForReason": {"reason": "harassment"},
        "reportedItem": {
            "id": "o-1",
            "typeId": "casework-review",
            "data": {
                "text": "what was said",
                "itemId": "msg_7",
                "itemType": "message",
                "accountId": "acct_0042",
                "harm": "harassment",
                "dueAt": "2026-11-02T16:00:00Z",
            },
        },
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(400, b'{"errors":[]}'), TurnedDown),
        (always(401), TurnedDown),
        (always(403), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(429, retry_after="7"), Unavailable),
        (always(500), Unavailable),
        (fails_with(httpx.ConnectError("no")), Unavailable),
        (always(201, b"{}"), Nonsense),
        (always(201, b'{"reportId": ""}'), Nonsense),
        (always(200, b"<html>"), Nonsense),
    ],
)
async def test_each_way_to_fail_has_its_error(answer: Answer, error: type[Exception]) -> None:
    async with outbound_to(answer) as http:
        with pytest.raises(error) as caught:
            await Coop(http, settings()).hand_out(handout())

    assert KEY not in str(caught.value)
    assert "what was said" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (CoopFault.HANG, Unavailable),
        (CoopFault.ERROR, Unavailable),
        (CoopFault.LOSE_ANSWER, Unavailable),
        (CoopFault.WRONG_KEY, TurnedDown),
        (CoopFault.NONSENSE, Nonsense),
    ],
)
async def test_the_simulator_fails_as_coop_may(fault: CoopFault, error: type[Exception]) -> None:
    simulator = CoopSimulator(KEY)
    simulator.faults.switch(FaultOrder(mode=fault.value, next=1))
    patience = Limits(deadline=timedelta(seconds=1))
    async with served(simulator.app()) as url, Outbound(patience) as http:
        coop = Coop(http, settings(url))
        with pytest.raises(error):
            await coop.hand_out(handout())

        await coop.hand_out(handout())

    assert list(simulator.jobs) == ["o-1"]


# -- what comes back -------------------------------------------------------------------------------


def test_a_genuine_message_is_believed_under_any_of_the_keys() -> None:
    old, new = Signer(), Signer()
    keys = PublicKeys(old.public_pem + new.public_pem)
    body = action_body("o-1", "remove")

    for signer in (old, new):
        keys.verify({"Coop-Signature": signer.headers(body)[SIGNATURE]}, body)


def forgeries() -> dict[str, tuple[dict[str, str], bytes]]:
    signer, stranger = Signer(), Signer()
    body = action_body("o-1", "remove")
    genuine = signer.headers(body)[SIGNATURE]
    return {
        "another's key": (stranger.headers(body), body),
        "another body": (signer.headers(body), body + b" "),
        "none": ({}, body),
        "empty": ({SIGNATURE: ""}, body),
        "not base64": ({SIGNATURE: "*" * 40}, body),
        "cut": ({SIGNATURE: genuine[:-8]}, body),
        "endless": ({SIGNATURE: "A" * 100_000}, body),
        "of nothing": ({SIGNATURE: base64.b64encode(b"").decode()}, body),
    }


@pytest.mark.parametrize("how", sorted(forgeries()))
def test_anything_else_is_not(how: str) -> None:
    headers, body = forgeries()[how]
    keys = PublicKeys(Signer().public_pem)

    with pytest.raises(Unauthenticated):
        keys.verify(headers, body)


@pytest.mark.parametrize(
    "pem", ["", "sesame", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_key_is_refused_at_the_start(pem: str) -> None:
    with pytest.raises(CoopMistake):
        PublicKeys(pem)


def test_a_short_key_is_refused() -> None:
    short = Signer(generate_private_key(public_exponent=65_537, key_size=1_024))

    with pytest.raises(CoopMistake):
        PublicKeys(short.public_pem)


def test_what_somebody_did_is_read() -> None:
    acted = acted_of(action_body("o-1", "remove"))

    assert (acted.reference, acted.action.id) == ("o-1", "remove")
    assert acted.actorEmail == "moderator@coop.example"
    assert acted.decisionReason == "seen by a moderator there"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"item": {"id": ""}, "action": {"id": "x"}}',
        b'{"item": {"id": "o-1"}, "item": {"id": "o-2"}, "action": {"id": "x"}}',
        b'{"item": {"id": "o-1"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_action_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        acted_of(body)


def test_each_action_there_has_a_meaning_here() -> None:
    rulings = rulings_of(
        '{"a": {"ruling": "enforce", "actions": ["remove_item", {"suspend_account": "P7D"}]},'
        ' "b": {"ruling": "enforce"}, "c": {"ruling": "dismiss"}}'
    )

    assert rulings["a"].actions == (
        Measure(kind=ActionKind.REMOVE_ITEM),
        Measure(kind=ActionKind.SUSPEND_ACCOUNT, lasts=timedelta(days=7)),
    )
    assert (rulings["b"].actions, rulings["c"].ruling) == (None, "dismiss")


@pytest.mark.parametrize(
    "written",
    [
        "[]",
        "{",
        '{"a": {"ruling": "ban"}}',
        '{"a": {"ruling": "dismiss", "actions": ["remove_item"]}}',
    ],
)
def test_a_map_that_is_none_is_refused_at_the_start(written: str) -> None:
    with pytest.raises(CoopMistake):
        rulings_of(written)
