"""What goes over the wire to Discord, and what is made of every odd thing that comes back."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import ValidationError

from casework.errors import CaseworkError, Gone, Nonsense, TurnedDown, Unavailable, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.discord.client import Discord
from integrations.discord.wire import mark_in, reason_of
from tests.integrations.guilds import (
    AUTHOR,
    CHANNEL,
    GUILD,
    MESSAGE,
    NOON,
    OTHER,
    SOON,
    TOKEN,
    Clock,
    ordered,
    settings,
)
from tests.integrations.strangers import (
    BOMB,
    ODD_BODIES,
    Answer,
    always,
    endless,
    fails_with,
    outbound_to,
)

REMOVE = ordered(ActionKind.REMOVE_ITEM)
TIMEOUT = ordered(ActionKind.TIMEOUT_ACCOUNT, lasts=timedelta(hours=1))
SUSPEND = ordered(ActionKind.SUSPEND_ACCOUNT, lasts=timedelta(days=7))
BAN = ordered(ActionKind.BAN_ACCOUNT)
KICK = ordered(ActionKind.KICK_ACCOUNT)
WARN = ordered(ActionKind.WARN_ACCOUNT)
THE_MESSAGE = {"id": MESSAGE.id.split("/")[1], "author": {"id": AUTHOR.id}}
A_MEMBER = {"joined_at": "2020-01-01T00:00:00.000000+00:00", "roles": []}
PATHS = {
    ActionKind.REMOVE_ITEM: f"/api/v10/channels/{MESSAGE.id.replace('/', '/messages/')}",
    ActionKind.TIMEOUT_ACCOUNT: f"/api/v10/guilds/{GUILD}/members/{AUTHOR.id}",
    ActionKind.KICK_ACCOUNT: f"/api/v10/guilds/{GUILD}/members/{AUTHOR.id}",
    ActionKind.BAN_ACCOUNT: f"/api/v10/guilds/{GUILD}/bans/{AUTHOR.id}",
}

each_effect = pytest.mark.parametrize(
    "action", [REMOVE, TIMEOUT, KICK, BAN, WARN], ids=lambda action: action.kind
)

Step = Callable[[Discord], Awaitable[object]]


async def done(answer: Answer, step: Step, **given: Any) -> object:
    async with outbound_to(answer, SOON) as http:
        clock = Clock()
        return await step(Discord(http, settings(**given), clock=clock, pause=clock.wait))


def carrying_out(action: ActionRecord) -> Step:
    return lambda discord: discord.carry_out(action)


def reading(action: ActionRecord) -> Step:
    return lambda discord: discord.read_back(action)


def world(seen: list[httpx.Request], banned: dict[str, object] | None = None) -> Answer:
    """One message, one member, at most one ban; every change is agreed to."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method != "GET":
            return httpx.Response(204)
        if "/messages/" in request.url.path:
            return httpx.Response(200, json=THE_MESSAGE)
        if "/members/" in request.url.path:
            return httpx.Response(200, json=A_MEMBER)
        if banned:
            return httpx.Response(200, json=banned)
        return httpx.Response(404, json={"code": 10026})

    return answer


@pytest.mark.parametrize(
    ("action", "method", "body"),
    [
        (REMOVE, "DELETE", None),
        (KICK, "DELETE", None),
        (TIMEOUT, "PATCH", {"communication_disabled_until": "2026-11-27T13:00:00Z"}),
        (BAN, "PUT", {"delete_message_seconds": 3_600}),
    ],
    ids=lambda value: getattr(getattr(value, "kind", value), "value", None),
)
async def test_the_request_is_exactly_what_the_documentation_says(
    action: ActionRecord, method: str, body: dict[str, object] | None
) -> None:
    seen: list[httpx.Request] = []

    await done(world(seen), carrying_out(action), delete_messages=timedelta(hours=1))

    asked = seen[-1]
    assert asked.method == method
    assert asked.url.path == PATHS[action.kind]
    assert asked.headers["authorization"] == f"Bot {TOKEN}"
    assert asked.headers["user-agent"].startswith("DiscordBot (")
    assert (json.loads(asked.content) if asked.content else None) == body
    assert unquote(asked.headers["x-audit-log-reason"]) == (
        f"casework a-1 {action.kind}: Community Guidelines, Harassment"
    )


async def test_a_warning_is_exactly_what_the_documentation_says() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        is_list = request.method == "GET"
        return httpx.Response(200, json=[] if is_list else {"id": CHANNEL})

    await done(answer, carrying_out(WARN), warning_text="Mind {reason}.")

    opened, looked, sent = seen
    assert opened.url.path == "/api/v10/users/@me/channels"
    assert json.loads(opened.content) == {"recipient_id": AUTHOR.id}
    assert looked.url.path == sent.url.path == f"/api/v10/channels/{CHANNEL}/messages"
    assert looked.url.query == b"limit=100"
    message = json.loads(sent.content)
    assert len(message.pop("nonce")) == 25
    assert message == {
        "content": "Mind Community Guidelines, Harassment.\n\nReference: a-1",
        "enforce_nonce": True,
        "allowed_mentions": {"parse": []},
    }


async def test_a_suspension_deletes_no_messages() -> None:
    seen: list[httpx.Request] = []

    await done(world(seen), carrying_out(SUSPEND), delete_messages=timedelta(days=7))

    assert json.loads(seen[-1].content) == {"delete_message_seconds": 0}


async def test_lifting_a_timeout_sends_a_null() -> None:
    seen: list[httpx.Request] = []
    until = {**A_MEMBER, "communication_disabled_until": "2026-11-27T13:00:00+00:00"}

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=until)

    await done(answer, lambda discord: discord.revert(TIMEOUT))

    assert json.loads(seen[-1].content) == {"communication_disabled_until": None}


# -- reasons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("grounds", ["", "Regeln, Belästigung", "x" * 5_000, "é" * 500, "規" * 500])
def test_a_reason_fits_and_its_mark_is_found_again(grounds: str) -> None:
    action = BAN.model_copy(update={"reason": grounds, "platform_ref": "a-" + "5f" * 16})

    encoded = reason_of(action)

    assert 1 <= len(encoded) <= 512
    assert encoded.isascii()
    mark = mark_in(unquote(encoded))
    assert mark is not None
    assert (mark.action_id, mark.kind) == (action.platform_ref, ActionKind.BAN_ACCOUNT)


@pytest.mark.parametrize(
    "reason", [None, "", "spam", "casework", "casework a-1", "casework a-1 sang", "a casework a-1"]
)
def test_what_a_person_wrote_is_no_mark(reason: str | None) -> None:
    assert mark_in(reason) is None


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(400, b'{"code": 50035}'), TurnedDown),
        (always(401, b'{"code": 0}'), TurnedDown),
        (always(403, b'{"code": 50013}'), TurnedDown),
        (always(403, b'{"code": 50001}'), TurnedDown),
        (always(403, b"<h1>Forbidden</h1>"), TurnedDown),
        (always(404), TurnedDown),
        (always(404, b"<h1>Not Found</h1>"), TurnedDown),
        (always(404, b'{"code": 0, "message": "404: Not Found"}'), TurnedDown),
        (always(404, b'{"code": 10004}'), TurnedDown),
        (always(404, b'{"code": "10008"}'), TurnedDown),
        (always(405), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(400, b'{"code": 130000}'), Unavailable),
        (always(403, b'{"code": 40062}'), Unavailable),
        (always(403, b'{"code": 20029}'), Unavailable),
        (always(400, b'{"code": 40003}'), Unavailable),
        (always(429, b'{"retry_after": 1.5, "global": false}'), Unavailable),
        (always(429, b"error code: 1015"), Unavailable),
        (always(500), Unavailable),
        (always(502), Unavailable),
        (fails_with(httpx.ConnectError("refused")), Unavailable),
        (fails_with(httpx.RemoteProtocolError("cut off")), Unavailable),
    ],
)
@pytest.mark.parametrize(
    "action", [REMOVE, TIMEOUT, KICK, BAN, WARN], ids=lambda action: action.kind
)
async def test_every_refusal_has_its_branch(
    action: ActionRecord, answer: Answer, error: type[CaseworkError]
) -> None:
    with pytest.raises(error) as told:
        await done(answer, carrying_out(action))
    assert not isinstance(told.value, WrongTarget)
    with pytest.raises(error):
        await done(answer, reading(action))
    with pytest.raises(error):
        await done(answer, lambda discord: discord.revert(action))


@pytest.mark.parametrize(
    ("action", "code"),
    [(REMOVE, 10008), (REMOVE, 10003), (TIMEOUT, 10007), (TIMEOUT, 10013), (KICK, 10007)],
    ids=lambda value: getattr(getattr(value, "kind", value), "value", value),
)
async def test_what_is_not_there_is_gone(action: ActionRecord, code: int) -> None:
    with pytest.raises(Gone):
        await done(always(404, json.dumps({"code": code}).encode()), carrying_out(action))


async def test_a_ban_on_an_account_that_no_longer_exists_is_gone() -> None:
    with pytest.raises(Gone):
        await done(always(404, b'{"code": 10013}'), carrying_out(BAN))


async def test_no_error_tells_the_token_or_whom_it_is_about() -> None:
    with pytest.raises(TurnedDown) as told:
        await done(always(403, b'{"code": 50013}'), carrying_out(REMOVE))

    assert TOKEN not in str(told.value)
    assert AUTHOR.id not in str(told.value)
    assert CHANNEL not in str(told.value)
    assert "50013" in str(told.value)


# -- answers nobody agreed on ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "action", [REMOVE, TIMEOUT, KICK, BAN, WARN], ids=lambda action: action.kind
)
@pytest.mark.parametrize(
    "body",
    [
        *ODD_BODIES.values(),
        b"{}",
        b"[]",
        b'{"id": 5, "author": {"id": 5}, "joined_at": "soon", "user": {"id": "1"}, "reason": 7}',
        b'{"joined_at": "2026-11-27T12:00:00", "communication_disabled_until": 1e400}',
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_a_state_nobody_agreed_on_is_nonsense(action: ActionRecord, body: bytes) -> None:
    with pytest.raises(Nonsense):
        await done(always(200, body), reading(action))


async def test_a_moment_without_a_zone_is_nonsense() -> None:
    member = b'{"joined_at": null, "communication_disabled_until": "2026-11-27T13:00:00"}'

    with pytest.raises(Nonsense):
        await done(always(200, member), reading(TIMEOUT))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (endless(b"x" * 65_536), Nonsense),
        (always(200, BOMB, content_encoding="gzip"), Nonsense),
        (always(410), TurnedDown),
    ],
)
async def test_a_broken_read_back_is_no_state(answer: Answer, error: type[CaseworkError]) -> None:
    with pytest.raises(error):
        await done(answer, reading(BAN))


async def test_another_message_under_the_same_address_is_the_wrong_target() -> None:
    another = json.dumps({"id": OTHER, "author": {"id": AUTHOR.id}}).encode()

    with pytest.raises(WrongTarget):
        await done(always(200, another), carrying_out(REMOVE))


async def test_a_member_who_was_never_seen_to_join_is_not_taken_for_kicked() -> None:
    unknown = json.dumps({"joined_at": None}).encode()
    kick = KICK.model_copy(update={"first_at": NOON})

    assert await done(always(200, unknown), reading(kick)) is PlatformState.ABSENT


# -- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["1", "1/", "/1", "1/2/3", "01/2", "1/2?x", "../1/2", "1/ 2", "1/²", "1/" + "9" * 21, "a/b"],
)
async def test_an_item_that_is_no_message_of_discords_is_never_asked_about(name: str) -> None:
    seen: list[httpx.Request] = []
    item = MESSAGE.model_copy(update={"id": name})

    with pytest.raises(TurnedDown):
        await done(world(seen), carrying_out(REMOVE.model_copy(update={"item": item})))

    assert seen == []


@pytest.mark.parametrize("name", ["@me", "acct_0042", "1/../2", "-1", "1 ", "١"])
async def test_an_account_that_is_none_of_discords_is_never_asked_about(name: str) -> None:
    seen: list[httpx.Request] = []
    account = AUTHOR.model_copy(update={"id": name})

    for action in (TIMEOUT, KICK, SUSPEND, BAN, WARN):
        with pytest.raises(TurnedDown):
            await done(world(seen), carrying_out(action.model_copy(update={"account": account})))

    assert seen == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"guild": "@me"},
        {"guild": ""},
        {"base_url": "discord.com"},
        {"delete_messages": timedelta(days=8)},
        {"invalid_cap": 10_001},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as told:
        settings(**wrong)

    assert TOKEN not in str(told.value)
