"""What goes over the wire to a platform, and what is made of every odd thing that comes back."""

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from casework.errors import (
    CaseworkError,
    Gone,
    Nonsense,
    TurnedDown,
    Unavailable,
    WrongTarget,
)
from casework.words import ActionKind, PlatformState
from integrations.http import Limits, Outbound
from integrations.platform.client import HttpPlatform
from integrations.platform.settings import PlatformSettings
from integrations.webhooks.signing import SigningKeys
from tests.integrations.cases import action
from tests.integrations.strangers import (
    BOMB,
    ODD_BODIES,
    Answer,
    always,
    endless,
    fails_with,
    outbound_to,
)

KEY = SecretStr("whsec_" + base64.b64encode(b"p" * 32).decode())
SETTINGS = PlatformSettings(base_url="http://platform.example/", signing_keys=(KEY,))
SOON = Limits(deadline=timedelta(milliseconds=500))


async def recorded(
    kind: ActionKind = ActionKind.REMOVE_ITEM, lasts: timedelta | None = None
) -> httpx.Request:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201)

    async with outbound_to(answer) as http:
        await HttpPlatform(http, SETTINGS).carry_out(action(kind, lasts=lasts))
    return seen[0]


async def test_the_request_is_exactly_what_the_contract_says() -> None:
    request = await recorded(ActionKind.SUSPEND_ACCOUNT, lasts=timedelta(days=7))

    assert request.method == "POST"
    assert str(request.url) == "http://platform.example/actions"
    assert request.headers["Idempotency-Key"] == "a-1"
    assert request.headers["Casework-Case"] == action().case_id
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == {
        "action_id": "a-1",
        "case_id": action().case_id,
        "decision_id": "d-1",
        "kind": "suspend_account",
        "item": {"type": "message", "id": "msg_7"},
        "account": {"id": "acct_0042", "jurisdiction": "de"},
        "duration_s": 604_800,
        "policy": {"harm": "harassment", "version": 4},
        "reason": "Community Guidelines, Harassment",
    }


async def test_an_action_without_an_end_has_no_duration() -> None:
    request = await recorded()

    assert "duration_s" not in json.loads(request.content)


async def test_the_request_is_signed_over_its_exact_bytes() -> None:
    request = await recorded()

    keys = SigningKeys([KEY.get_secret_value()])
    assert keys.verify(request.headers, request.content, now=datetime.now(UTC)) == "a-1"


async def carried_out(answer: Answer) -> None:
    async with outbound_to(answer, SOON) as http:
        await HttpPlatform(http, SETTINGS).carry_out(action())


async def reverted(answer: Answer) -> None:
    async with outbound_to(answer, SOON) as http:
        await HttpPlatform(http, SETTINGS).revert(action())


async def read(answer: Answer) -> PlatformState:
    async with outbound_to(answer, SOON) as http:
        return await HttpPlatform(http, SETTINGS).read_back(action())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(400), TurnedDown),
        (always(401), TurnedDown),
        (always(403), TurnedDown),
        (always(404), TurnedDown),
        (always(404, b"<h1>Not Found</h1>"), TurnedDown),
        (always(404, b'{"code": "no_such_route"}'), TurnedDown),
        (always(404, b'{"code": "target_gone"}'), Gone),
        (always(410), Gone),
        (always(409), TurnedDown),
        (always(409, b'{"action_id": "a-2"}'), TurnedDown),
        (always(422), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(429), Unavailable),
        (always(500), Unavailable),
        (fails_with(httpx.ConnectError("refused")), Unavailable),
    ],
)
async def test_every_refusal_has_its_branch(answer: Answer, error: type[CaseworkError]) -> None:
    with pytest.raises(error):
        await carried_out(answer)
    with pytest.raises(error):
        await reverted(answer)


async def test_a_conflict_about_this_very_action_means_that_it_is_there() -> None:
    await carried_out(always(409, b'{"action_id": "a-1"}'))
    await reverted(always(409, b'{"action_id": "a-1", "code": "reverted"}'))


@pytest.mark.parametrize("body", [*ODD_BODIES.values(), b"x" * 2_000_000], ids=len)
async def test_a_yes_in_any_words_is_left_to_the_read_back(body: bytes) -> None:
    await carried_out(always(200, body))
    await reverted(always(204, body))


@pytest.mark.parametrize("state", list(PlatformState))
async def test_a_state_is_read_back(state: PlatformState) -> None:
    body = json.dumps({"state": state.value, "since": 7}).encode()

    assert await read(always(200, body)) is state


async def test_not_found_reads_back_as_absent() -> None:
    assert await read(always(404, b"whatever")) is PlatformState.ABSENT


@pytest.mark.parametrize(
    "body",
    [
        *ODD_BODIES.values(),
        b'{"state": "maybe"}',
        b'{"state": "APPLIED"}',
        b'{"state": null}',
        b'{"state": true}',
        b'{"state": ["applied"]}',
        b'{"error": "overloaded"}',
        b"[]",
        b'"applied"',
        b'{"state": "applied", "action_id": "a-2"}',
        b'{"state": "applied", "action_id": 1}',
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_a_state_nobody_agreed_on_is_nonsense(body: bytes) -> None:
    with pytest.raises(Nonsense):
        await read(always(200, body))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (endless(b"x" * 65_536), Nonsense),
        (always(200, BOMB, content_encoding="gzip"), Nonsense),
        (always(301, location="http://127.0.0.1:9/"), TurnedDown),
        (always(401), TurnedDown),
        (always(410), TurnedDown),
        (always(500), Unavailable),
    ],
)
async def test_a_broken_read_back_is_no_state(answer: Answer, error: type[CaseworkError]) -> None:
    with pytest.raises(error):
        await read(answer)


async def test_an_id_with_a_slash_stays_one_part_of_the_path() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(404)

    async with outbound_to(answer) as http:
        await HttpPlatform(http, SETTINGS).read_back(action(platform_ref="../admin?x=1"))

    assert seen == [b"/actions/..%2Fadmin%3Fx%3D1"]


def test_a_signing_key_that_is_none_is_refused_at_start_and_not_told() -> None:
    settings = PlatformSettings(base_url="http://p.example", signing_keys=(SecretStr("sesame"),))

    with pytest.raises(ValueError, match="signing key") as told:
        HttpPlatform(Outbound(), settings)
    assert "sesame" not in str(told.value)
    with pytest.raises(ValidationError):
        PlatformSettings(base_url="platform.example")


# -- an id that was used for something else -------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ActionKind.REMOVE_ITEM, {"kind": "label_item"}),
        (ActionKind.REMOVE_ITEM, {"item": {"type": "message", "id": "msg_8"}}),
        (ActionKind.REMOVE_ITEM, {"item": {"type": "profile", "id": "msg_7"}}),
        (ActionKind.BAN_ACCOUNT, {"account": {"id": "acct_0043"}}),
    ],
)
async def test_an_action_id_that_stands_for_something_else_is_never_taken_for_ours(
    kind: ActionKind, told: dict[str, object]
) -> None:
    answer = always(200, json.dumps({"state": "applied", **told}).encode())

    async with outbound_to(answer) as http:
        with pytest.raises(WrongTarget):
            await HttpPlatform(http, SETTINGS).read_back(action(kind))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ActionKind.REMOVE_ITEM, {"kind": "remove_item", "item": {"id": "msg_7"}}),
        (ActionKind.REMOVE_ITEM, {"account": {"id": "acct_renamed"}}),
        (ActionKind.BAN_ACCOUNT, {"item": {"type": "message", "id": "msg_of_a_sibling"}}),
    ],
)
async def test_an_action_that_is_ours_as_far_as_the_platform_says_is_believed(
    kind: ActionKind, told: dict[str, object]
) -> None:
    answer = always(200, json.dumps({"state": "applied", **told}).encode())

    async with outbound_to(answer) as http:
        state = await HttpPlatform(http, SETTINGS).read_back(action(kind))

    assert state is PlatformState.APPLIED
