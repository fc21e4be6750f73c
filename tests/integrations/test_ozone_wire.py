"""What goes over the wire to Ozone, and what is made of every odd thing that comes back."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import ValidationError

from casework.errors import CaseworkError, Gone, Nonsense, TurnedDown, Unavailable
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.ozone.client import Ozone
from tests.integrations.guilds import Clock
from tests.integrations.ozones import (
    AUTHOR,
    CID,
    LABELER,
    MODERATOR,
    PASSWORD,
    RECORD,
    SOON,
    URI,
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
SUSPEND = ordered(ActionKind.SUSPEND_ACCOUNT, lasts=timedelta(days=7))
BAN = ordered(ActionKind.BAN_ACCOUNT)
LABEL = ordered(ActionKind.LABEL_ITEM)
AGE = ordered(ActionKind.AGE_RESTRICT_ITEM)
SESSION = {"accessJwt": "token-1", "refreshJwt": "again", "handle": "h", "did": MODERATOR}
DEFS = "tools.ozone.moderation.defs#"

Step = Callable[[Ozone], Awaitable[object]]


def after_login(answer: Answer, seen: list[httpx.Request] | None = None) -> Answer:
    """The server lets us in; everything else is `answer`'s."""

    def answers(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if request.url.path.endswith("createSession"):
            return httpx.Response(200, json=SESSION)
        return answer(request)

    return answers


def world(request: httpx.Request) -> httpx.Response:
    """Nothing has happened; there is one record and one account; every event is taken."""
    method = request.url.path.rpartition(".")[2]
    said: dict[str, object] = {
        "queryEvents": {"events": []},
        "getRecord": {"uri": URI, "cid": CID, "value": {}},
        "getRepo": {"did": AUTHOR.id, "handle": "h"},
        "emitEvent": {"id": 1},
    }
    return httpx.Response(200, json=said[method])


def emission_refused(status: int, body: bytes) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("emitEvent"):
            return httpx.Response(status, content=body)
        return world(request)

    return after_login(answer)


async def done(answer: Answer, step: Step, **given: Any) -> object:
    async with outbound_to(answer, SOON) as http:
        return await step(Ozone(http, settings(**given), clock=Clock()))


def carrying_out(action: ActionRecord) -> Step:
    return lambda ozone: ozone.carry_out(action)


def reading(action: ActionRecord) -> Step:
    return lambda ozone: ozone.read_back(action)


async def emitted(action: ActionRecord, **given: Any) -> Any:
    seen: list[httpx.Request] = []
    await done(after_login(world, seen), carrying_out(action), **given)
    return json.loads(seen[-1].content)


async def test_a_takedown_is_exactly_what_the_lexicon_says() -> None:
    assert await emitted(REMOVE) == {
        "event": {
            "$type": f"{DEFS}modEventTakedown",
            "comment": "casework a-1 remove_item: Community Guidelines, Harassment",
            "policies": ["harassment"],
        },
        "subject": {"$type": "com.atproto.repo.strongRef", "uri": URI, "cid": CID},
        "createdBy": MODERATOR,
        "modTool": {"name": "casework", "meta": {"batchId": "a-1", "kind": "remove_item"}},
        "externalId": "a-1",
    }


async def test_a_suspension_names_an_end_that_is_later_than_ours_and_a_ban_none() -> None:
    suspended = await emitted(SUSPEND, suspension_margin=timedelta(hours=2, minutes=1))
    banned = await emitted(BAN)

    assert suspended["event"]["durationInHours"] == 7 * 24 + 3
    assert suspended["subject"] == {"$type": "com.atproto.admin.defs#repoRef", "did": AUTHOR.id}
    assert "durationInHours" not in banned["event"]


async def test_labels_name_both_lists_and_are_chosen_by_kind_and_harm() -> None:
    plain = await emitted(LABEL)
    of_the_harm = await emitted(LABEL, labels={"harassment": "rude"})
    of_age = await emitted(AGE, age_label="porn")

    assert plain["event"]["createLabelVals"] == ["!warn"]
    assert plain["event"]["negateLabelVals"] == []
    assert of_the_harm["event"]["createLabelVals"] == ["rude"]
    assert of_age["event"]["createLabelVals"] == ["porn"]


async def test_requests_carry_the_session_and_say_whom_they_are_for() -> None:
    seen: list[httpx.Request] = []

    await done(after_login(world, seen), reading(REMOVE))

    login, query = seen
    assert str(login.url) == "http://pds.example/xrpc/com.atproto.server.createSession"
    assert json.loads(login.content) == {"identifier": "casework.example", "password": PASSWORD}
    assert query.headers["authorization"] == "Bearer token-1"
    assert query.headers["atproto-proxy"] == f"{LABELER}#atproto_labeler"
    assert parse_qs(query.url.query.decode()) == {
        "subject": [URI],
        "types": [f"{DEFS}modEventTakedown", f"{DEFS}modEventReverseTakedown"],
        "sortDirection": ["desc"],
        "limit": ["100"],
    }


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(400), TurnedDown),
        (always(400, b"<h1>Bad request</h1>"), TurnedDown),
        (always(400, b'{"error": "InvalidRequest"}'), TurnedDown),
        (always(400, b'{"error": "ExpiredToken"}'), TurnedDown),
        (always(401, b'{"error": "AuthenticationRequired"}'), TurnedDown),
        (always(403, b'{"error": "Forbidden"}'), TurnedDown),
        (always(404, b'{"error": "MethodNotImplemented"}'), TurnedDown),
        (always(410), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(429, b'{"error": "RateLimitExceeded"}', retry_after="7"), Unavailable),
        (always(500), Unavailable),
        (always(502, b'{"error": "UpstreamFailure"}'), Unavailable),
        (fails_with(httpx.ConnectError("refused")), Unavailable),
        (fails_with(httpx.RemoteProtocolError("cut off")), Unavailable),
    ],
)
@pytest.mark.parametrize("action", [REMOVE, SUSPEND, LABEL], ids=lambda action: action.kind)
async def test_every_refusal_has_its_branch(
    action: ActionRecord, answer: Answer, error: type[CaseworkError]
) -> None:
    for step in (carrying_out(action), reading(action), lambda ozone: ozone.revert(action)):
        with pytest.raises(error):
            await done(after_login(answer), step)


@pytest.mark.parametrize("name", ["InvalidRequest", "DuplicateExternalId", "SubjectHasAction"])
@pytest.mark.parametrize("action", [REMOVE, LABEL], ids=lambda action: action.kind)
async def test_a_refused_event_of_which_nothing_is_there_is_turned_down(
    action: ActionRecord, name: str
) -> None:
    with pytest.raises(TurnedDown):
        await done(
            emission_refused(400, json.dumps({"error": name}).encode()), carrying_out(action)
        )


async def test_a_takedown_that_came_too_late_is_looked_at_again() -> None:
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        if request.url.path.endswith("emitEvent"):
            return httpx.Response(400, json={"error": "InvalidRequest"})
        if request.url.path.endswith("queryEvents"):
            asked += 1
            taken = {"event": {"$type": f"{DEFS}modEventTakedown"}, "subject": {}}
            return httpx.Response(200, json={"events": [taken] if asked > 1 else []})
        return world(request)

    with pytest.raises(Unavailable):
        await done(after_login(answer), carrying_out(BAN))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_moderator_without_the_right_needs_a_human(status: int) -> None:
    with pytest.raises(TurnedDown):
        await done(emission_refused(status, b'{"error": "Forbidden"}'), carrying_out(BAN))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(401, b'{"error": "AuthenticationRequired"}'), TurnedDown),
        (always(429, retry_after="60"), Unavailable),
        (always(503), Unavailable),
        (always(200, b"{}"), Nonsense),
        (always(200, b'{"accessJwt": "", "did": "did:plc:moderator"}'), Nonsense),
        (always(200, b'{"accessJwt": "t", "did": "casework.example"}'), Nonsense),
        (always(200, b"<h1>Welcome</h1>"), Nonsense),
    ],
)
async def test_no_session_no_action(answer: Answer, error: type[CaseworkError]) -> None:
    with pytest.raises(error) as told:
        await done(answer, carrying_out(BAN))

    assert PASSWORD not in str(told.value)


async def test_no_error_tells_whom_it_is_about() -> None:
    with pytest.raises(TurnedDown) as told:
        await done(emission_refused(403, b"{}"), carrying_out(REMOVE))

    assert AUTHOR.id not in str(told.value)
    assert "token-1" not in str(told.value)


async def test_a_record_that_is_deleted_is_gone() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("getRecord"):
            return httpx.Response(400, json={"error": "RecordNotFound", "message": "no"})
        return world(request)

    with pytest.raises(Gone):
        await done(after_login(answer), carrying_out(REMOVE))


# -- answers nobody agreed on ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *ODD_BODIES.values(),
        b"{}",
        b"[]",
        b'{"events": {}}',
        b'{"events": [{}]}',
        b'{"events": [{"event": {"$type": 7}, "subject": {}}]}',
        b'{"events": [{"event": {"$type": "x", "createLabelVals": "!warn"}, "subject": {}}]}',
        b'{"events": [], "cursor": 7}',
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_a_history_nobody_agreed_on_is_nonsense(body: bytes) -> None:
    for action in (BAN, LABEL):
        with pytest.raises(Nonsense):
            await done(after_login(always(200, body)), reading(action))


@pytest.mark.parametrize(
    "answer",
    [endless(b"x" * 65_536), always(200, BOMB, content_encoding="gzip")],
    ids=["endless", "bomb"],
)
async def test_a_broken_history_is_no_state(answer: Answer) -> None:
    with pytest.raises(Nonsense):
        await done(after_login(answer), reading(BAN))


async def test_a_history_without_an_end_is_nonsense() -> None:
    event = {"event": {"$type": f"{DEFS}modEventLabel"}, "subject": {}}
    page = json.dumps({"events": [event], "cursor": "again"}).encode()

    with pytest.raises(Nonsense):
        await done(after_login(always(200, page)), reading(LABEL))


@pytest.mark.parametrize(
    "tool",
    [
        None,
        {"name": "ozone/workspace", "meta": {"batchId": "a-1", "kind": "ban_account"}},
        {"name": "casework"},
        {"name": "casework", "meta": "a-1"},
        {"name": "casework", "meta": {"batchId": 1, "kind": "ban_account"}},
        {"name": "casework", "meta": {"batchId": "a-1", "kind": "abolish"}},
        {"name": "casework", "meta": {"batchId": "a-1", "kind": ["ban_account"]}},
        {"name": "casework", "meta": {"batchId": "a-9", "kind": "ban_account"}},
    ],
)
async def test_an_event_without_our_mark_is_not_ours(tool: object) -> None:
    event = {"event": {"$type": f"{DEFS}modEventTakedown"}, "subject": {"did": AUTHOR.id}}
    page = {"events": [{**event, **({"modTool": tool} if tool else {})}]}

    state = await done(after_login(always(200, json.dumps(page).encode())), reading(BAN))

    assert state is PlatformState.ABSENT


# -- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "msg_7",
        AUTHOR.id,
        "at://author.example/app.bsky.feed.post/3k2",
        f"at://{AUTHOR.id}/app.bsky.feed.post",
        f"at://{AUTHOR.id}/app.bsky.feed.post/3k2/x",
        f"{URI}#",
        f"{URI}#short",
        f"{URI}#{CID}#{CID}",
        f"{URI}?x=1",
        f" {URI}",
    ],
)
async def test_an_item_that_is_no_record_is_never_asked_about(name: str) -> None:
    seen: list[httpx.Request] = []
    item = RECORD.model_copy(update={"id": name})

    with pytest.raises(TurnedDown):
        await done(after_login(world, seen), carrying_out(REMOVE.model_copy(update={"item": item})))

    assert seen == []


@pytest.mark.parametrize("name", ["author.example", "did:plc:", "did:PLC:x", "did:plc:x/y", "1"])
async def test_an_account_that_is_no_did_is_never_asked_about(name: str) -> None:
    seen: list[httpx.Request] = []
    account = AUTHOR.model_copy(update={"id": name})

    with pytest.raises(TurnedDown):
        await done(
            after_login(world, seen), carrying_out(BAN.model_copy(update={"account": account}))
        )

    assert seen == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"labeler": "labeler.example"},
        {"base_url": "pds.example"},
        {"label": "two words"},
        {"age_label": "a,b"},
        {"labels": {"harassment": "it's"}},
        {"identifier": ""},
        {"suspension_margin": timedelta(days=366)},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as told:
        settings(**wrong)

    assert PASSWORD not in str(told.value)
