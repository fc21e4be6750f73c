"""Matrix on the wire: what is asked for, and every way a homeserver may answer."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from casework.detection import ItemRef
from casework.errors import CaseworkError, Gone, Nonsense, TurnedDown, Unavailable, WrongTarget
from casework.words import ActionKind, PlatformState
from integrations.http import LONGEST_WAIT, Outbound
from integrations.matrix.client import Matrix
from integrations.matrix.settings import MatrixSettings
from integrations.standing import Impossible
from tests.integrations.homeservers import ordered
from tests.integrations.strangers import ODD_BODIES, Answer, always, fails_with, outbound_to
from workers.kinds import PlatformKind
from workers.platforms import limits_of

TOKEN = "token-of-the-tests"
ANN = "@ann:casework.example"
ROOM = "!room:casework.example"
MESSAGE = ItemRef(type="message", id=f"{ROOM}/$event")
MEDIA = ItemRef(type="media", id="mxc://casework.example/cGljdHVyZQ")
REMOVE = ordered(ActionKind.REMOVE_ITEM, MESSAGE, ANN, action_id="a-1")
HIDE = ordered(ActionKind.HIDE_ITEM, MEDIA, ANN, action_id="a-1")
SUSPEND = ordered(ActionKind.SUSPEND_ACCOUNT, MESSAGE, ANN, action_id="a-1")
BAN = ordered(ActionKind.BAN_ACCOUNT, MESSAGE, ANN, action_id="a-1")
LIMIT = ordered(ActionKind.LIMIT_REACH, MESSAGE, ANN, action_id="a-1")
WARN = ordered(ActionKind.WARN_ACCOUNT, MESSAGE, ANN, action_id="a-1")
SETTINGS = MatrixSettings(base_url="http://matrix.example/", access_token=SecretStr(TOKEN))


def matrix(http: Outbound) -> Matrix:
    return Matrix(http, SETTINGS)


def refusal(status: int, errcode: str = "", **more: Any) -> Answer:
    body = {"errcode": errcode, "error": f"about {ANN} and the words they wrote", **more}
    return always(status, json.dumps(body).encode())


Break = Callable[["Pretended", httpx.Request], httpx.Response | None]


class Pretended:
    """A homeserver with one account, one message of theirs with two edits, and one picture.

    `orders` are the requests that would change something, and `breaks` what happens to them: each
    is taken once, after which everything works.
    """

    def __init__(self, *breaks: Break) -> None:
        self.orders: list[tuple[str, str, Any]] = []
        self.user: dict[str, Any] = {"name": ANN} | dict.fromkeys(
            ("admin", "deactivated", "suspended", "locked", "shadow_banned"), False
        )
        self.event: dict[str, Any] = {"event_id": "$event", "room_id": ROOM, "sender": ANN}
        self.edits = ["$edit1", "$edit2"]
        self.media: dict[str, Any] = {"user_id": ANN, "quarantined_by": None}
        self._breaks = list(breaks)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        if request.method == "GET":
            return httpx.Response(200, json=self._told(request))
        path = request.url.raw_path.decode()
        self.orders.append((request.method, path, json.loads(request.content or b"null")))
        broken = self._breaks.pop(0)(self, request) if self._breaks else None
        if broken is not None:
            return broken
        self.obey(request)
        return httpx.Response(200, json={})

    def obey(self, request: httpx.Request) -> None:
        path, body = request.url.path, json.loads(request.content or b"null")
        if "/suspend/" in path:
            self.user["suspended"] = body["suspend"]
        if "/v2/users/" in path:
            self.user["locked"] = body["locked"]
        if path.endswith("/shadow_ban"):
            self.user["shadow_banned"] = request.method == "POST"
        if "/redact/$event/" in path:
            self.event["unsigned"] = {"redacted_because": {"content": body}}
        if "/quarantine/" in path or "/unquarantine/" in path:
            self.media["quarantined_by"] = (
                "@mod:casework.example" if "/quarantine/" in path else None
            )

    def _told(self, request: httpx.Request) -> Any:
        path = request.url.path
        if "/context/" in path:
            return {"event": self.event, "state": []}
        if "/relations/" in path:
            page = 0 if request.url.params.get("from") is None else 1
            others = {"event_id": "$other", "sender": "@bob:casework.example"}
            own = [{"event_id": edit, "sender": ANN} for edit in self.edits[page : page + 1]]
            more = {"next_batch": "more"} if page == 0 else {}
            return {"chunk": [*own, others], **more}
        if path.endswith("/whoami"):
            return {"user_id": "@mod:casework.example"}
        return {"media_info": self.media} if "/media/" in path else self.user


def loses_the_answer(homeserver: Pretended, request: httpx.Request) -> None:
    homeserver.obey(request)
    raise httpx.ReadError("the connection broke")


def says_yes(_: Pretended, __: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={})


def is_down(_: Pretended, __: httpx.Request) -> httpx.Response:
    return httpx.Response(502)


# -- what is asked for -----------------------------------------------------------------------------


async def test_a_removal_redacts_all_edits_and_the_message_last_each_in_its_own_transaction() -> (
    None
):
    homeserver = Pretended()

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(REMOVE)

    room = "/_matrix/client/v3/rooms/%21room%3Acasework.example/redact"
    body = {"reason": "Community Guidelines, Harassment", "casework.ref": "a-1"}
    assert homeserver.orders == [
        ("PUT", f"{room}/%24edit1/a-1.%24edit1", body),
        ("PUT", f"{room}/%24edit2/a-1.%24edit2", body),
        ("PUT", f"{room}/%24event/a-1.%24event", body),
    ]


@pytest.mark.parametrize(
    ("action", "there", "back"),
    [
        (SUSPEND, ("PUT", "v1/suspend/{}", {"suspend": True}), {"suspend": False}),
        (BAN, ("PUT", "v2/users/{}", {"locked": True}), {"locked": False}),
    ],
)
async def test_an_account_is_switched_with_exactly_one_request_each_way(
    action: Any, there: tuple[str, str, Any], back: Any
) -> None:
    homeserver = Pretended()
    method, path, body = there

    async with outbound_to(homeserver) as http:
        for _ in range(2):
            await matrix(http).carry_out(action)
        for _ in range(2):
            await matrix(http).revert(action)

    full = f"/_synapse/admin/{path.format('%40ann%3Acasework.example')}"
    assert homeserver.orders == [(method, full, body), (method, full, back)]


async def test_a_shadow_ban_is_posted_and_deleted() -> None:
    homeserver = Pretended()

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(LIMIT)
        await matrix(http).revert(LIMIT)

    path = "/_synapse/admin/v1/users/%40ann%3Acasework.example/shadow_ban"
    assert homeserver.orders == [("POST", path, {}), ("DELETE", path, None)]


async def test_media_is_quarantined_and_released() -> None:
    homeserver = Pretended()

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(HIDE)
        await matrix(http).revert(HIDE)

    path = "/_synapse/admin/v1/media/{}/casework.example/cGljdHVyZQ"
    assert [each[1] for each in homeserver.orders] == [
        path.format("quarantine"),
        path.format("unquarantine"),
    ]


# -- answers that are lost, late, or not true ------------------------------------------------------


@pytest.mark.parametrize("action", [REMOVE, HIDE, SUSPEND, BAN, LIMIT])
async def test_acted_and_the_answer_lost_reads_back_as_applied_and_is_not_asked_again(
    action: Any,
) -> None:
    homeserver = Pretended(loses_the_answer)
    homeserver.edits.clear()

    async with outbound_to(homeserver) as http:
        with pytest.raises(Unavailable):
            await matrix(http).carry_out(action)
        asked = len(homeserver.orders)
        seen = await matrix(http).read_back(action)
        await matrix(http).carry_out(action)

    assert seen is PlatformState.APPLIED
    assert len(homeserver.orders) == asked


@pytest.mark.parametrize("action", [REMOVE, HIDE, SUSPEND, BAN, LIMIT])
async def test_what_fails_at_first_is_done_on_the_next_try(action: Any) -> None:
    homeserver = Pretended(is_down)

    async with outbound_to(homeserver) as http:
        with pytest.raises(Unavailable):
            await matrix(http).carry_out(action)
        before = await matrix(http).read_back(action)
        await matrix(http).carry_out(action)
        after = await matrix(http).read_back(action)

    assert (before, after) == (PlatformState.ABSENT, PlatformState.APPLIED)


@pytest.mark.parametrize("action", [REMOVE, HIDE, SUSPEND, BAN, LIMIT])
async def test_a_yes_with_nothing_behind_it_reads_back_as_absent(action: Any) -> None:
    homeserver = Pretended(says_yes, says_yes, says_yes)

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(action)

        assert await matrix(http).read_back(action) is PlatformState.ABSENT


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
async def test_what_is_said_besides_a_yes_does_not_matter(body: bytes) -> None:
    homeserver = Pretended(lambda _, request: always(200, body)(request))

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(SUSPEND)

    assert len(homeserver.orders) == 1


# -- ids that mean something else ------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"sender": "@bob:casework.example"},
        {"room_id": "!another:casework.example"},
        {"event_id": "$another"},
    ],
)
async def test_an_event_that_is_another_s_by_now_is_not_touched(changed: dict[str, str]) -> None:
    homeserver = Pretended()
    homeserver.event |= changed

    async with outbound_to(homeserver) as http:
        with pytest.raises(WrongTarget):
            await matrix(http).carry_out(REMOVE)

    assert homeserver.orders == []


async def test_media_of_another_account_is_not_touched() -> None:
    homeserver = Pretended()
    homeserver.media["user_id"] = "@bob:casework.example"

    async with outbound_to(homeserver) as http:
        with pytest.raises(WrongTarget):
            await matrix(http).carry_out(HIDE)

    assert homeserver.orders == []


async def test_media_of_another_server_is_quarantined_without_an_owner_to_compare() -> None:
    homeserver = Pretended()
    homeserver.media["user_id"] = None

    async with outbound_to(homeserver) as http:
        await matrix(http).carry_out(HIDE)

        assert await matrix(http).read_back(HIDE) is PlatformState.APPLIED


async def test_an_answer_about_another_account_is_not_acted_on() -> None:
    homeserver = Pretended()
    homeserver.user["name"] = "@bob:casework.example"

    async with outbound_to(homeserver) as http:
        with pytest.raises(WrongTarget):
            await matrix(http).carry_out(SUSPEND)
        with pytest.raises(WrongTarget):
            await matrix(http).read_back(SUSPEND)

    assert homeserver.orders == []


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [REMOVE, HIDE, SUSPEND, BAN, LIMIT, WARN])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(404, "M_NOT_FOUND"), Gone),
        (refusal(404, "M_UNRECOGNIZED"), TurnedDown),
        (refusal(404, "M_UNKNOWN"), TurnedDown),
        (always(404, b"<h1>Not here</h1>"), TurnedDown),
        (refusal(403, "M_FORBIDDEN"), TurnedDown),
        (refusal(400, "M_INVALID_PARAM"), Impossible),
        (refusal(401, "M_UNKNOWN_TOKEN"), Unavailable),
        (refusal(429, "M_LIMIT_EXCEEDED"), Unavailable),
        (always(500), Unavailable),
        (always(503), Unavailable),
        (always(302, location="http://elsewhere.example"), TurnedDown),
        (fails_with(httpx.ConnectError("no way")), Unavailable),
        (fails_with(httpx.ReadTimeout("nothing at all")), Unavailable),
    ],
)
async def test_a_refusal_means_what_it_says(
    action: Any, answer: Answer, error: type[CaseworkError]
) -> None:
    async with outbound_to(answer) as http:
        with pytest.raises(error) as told:
            await matrix(http).carry_out(action)

    assert type(told.value) is error
    assert not any(secret in str(told.value) for secret in (TOKEN, ANN, "words", "$event"))


@pytest.mark.parametrize(
    ("headers", "more", "wait"),
    [
        ({}, {"retry_after_ms": 2_500}, timedelta(milliseconds=2_500)),
        ({"retry_after": "3"}, {}, timedelta(seconds=3)),
        ({"retry_after": "3"}, {"retry_after_ms": 2_500}, timedelta(seconds=3)),
        ({"retry_after": "soon"}, {"retry_after_ms": 2_500}, timedelta(milliseconds=2_500)),
        ({}, {"retry_after_ms": 10**15}, LONGEST_WAIT),
        ({}, {"retry_after_ms": -1}, None),
        ({}, {"retry_after_ms": "a while"}, None),
        ({}, {}, None),
    ],
)
async def test_a_limit_names_its_wait(
    headers: dict[str, str], more: dict[str, Any], wait: timedelta | None
) -> None:
    body = json.dumps({"errcode": "M_LIMIT_EXCEEDED", **more}).encode()

    async with outbound_to(always(429, body, **headers)) as http:
        with pytest.raises(Unavailable) as told:
            await matrix(http).revert(SUSPEND)

    assert told.value.retry_after == wait


# -- answers that nobody understands ---------------------------------------------------------------


@pytest.mark.parametrize("action", [REMOVE, HIDE, SUSPEND, WARN])
@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
async def test_a_state_that_cannot_be_read_is_nonsense(action: Any, body: bytes) -> None:
    async with outbound_to(always(200, body)) as http:
        with pytest.raises(Nonsense):
            await matrix(http).read_back(action)


@pytest.mark.parametrize(
    "changed",
    [
        {"suspended": None},
        {"suspended": "yes"},
        {"suspended": 1},
        {"name": None},
        {"deactivated": "false"},
    ],
)
async def test_an_account_in_another_format_is_nonsense_and_nothing_is_done(
    changed: dict[str, Any],
) -> None:
    homeserver = Pretended()
    homeserver.user |= changed

    async with outbound_to(homeserver) as http:
        with pytest.raises(Nonsense):
            await matrix(http).carry_out(SUSPEND)

    assert homeserver.orders == []


@pytest.mark.parametrize(("levels", "readable"), [(126, True), (200, False)])
async def test_a_message_is_removed_however_deep_synapse_lets_people_nest_it(
    levels: int, readable: bool
) -> None:
    homeserver = Pretended()
    deep: Any = {}
    for _ in range(levels):
        deep = {"deeper": deep}
    homeserver.event["content"] = deep

    async with outbound_to(homeserver, limits_of(PlatformKind.MATRIX)) as http:
        with nullcontext() if readable else pytest.raises(Nonsense):
            await matrix(http).carry_out(REMOVE)

    assert bool(homeserver.orders) is readable


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(SETTINGS)
