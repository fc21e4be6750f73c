"""What goes on in the rooms of a homeserver, and what people report there."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from casework.base import Model
from casework.errors import Gone, Nonsense, TurnedDown
from integrations.http import Limits, Outbound
from integrations.matrix.calls import ADMIN, CLIENT, MatrixApi
from integrations.matrix.posted import ENCRYPTED_EVENT, MESSAGE_EVENT, Posted, posted
from integrations.matrix.settings import MatrixSettings
from integrations.matrix.wire_rooms import (
    Authored,
    Directory,
    Fetched,
    Filed,
    FiledEvent,
    FiledPage,
    Page,
    Sync,
    WhoAmI,
)
from integrations.strict_json import DEEPEST

READING: Final = Limits(
    deadline=timedelta(seconds=90), body_cap=64 * 1024 * 1024, depth_cap=DEEPEST
)
"""For one answer that may be waited for and that holds what many people wrote."""
LONGEST_WAIT: Final = timedelta(seconds=30)
_AT_ONCE: Final = 50
"""Of the last messages of a room in one answer; an event has at most 64 kB."""
_REPORTS_AT_ONCE: Final = 100


class News(Model):
    """What happened since a token. `gaps` are rooms in which messages could not be read: we were
    made to leave before we had seen them. `next` is the token for the next time."""

    posted: tuple[Posted, ...] = ()
    unreadable: int = 0
    encrypted: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    next: str


class Reported(Model):
    """A report. `about` is None where neither the event nor its author is known any more."""

    number: int
    reporter: str
    reason: str = ""
    about: Posted | None = None


class RoomsPort(Protocol):
    """Every call raises:

    Unavailable: no answer, a limit (with its wait), 5xx, or our token is not known.
    TurnedDown: any other refusal.
    Nonsense: an answer in another format.
    """

    async def me(self) -> str:
        """Our own account."""

    async def named(self, name: str) -> str:
        """The id of a room named by its id or its alias. Raises Gone when there is none."""

    async def join(self, room: str) -> None:
        """Be in the room; being in it already is no error. Raises Gone."""

    async def now(self) -> str:
        """The token from which everything that is posted from now on can be read."""

    async def since(self, token: str, only: frozenset[str], wait: timedelta) -> News:
        """Everything since the token in `only` these rooms, or in all that we are in if it is
        empty, oldest first in each room. With nothing to tell it waits for up to `wait`.

        Repeating tells the same again; what came or was redacted meanwhile may be told as it is by
        now, or as it was (Synapse keeps an answer for two minutes).
        """

    async def author_of(self, room: str, event: str) -> str | None:
        """Who wrote it; None when there is no such event there, or none that we may know of."""

    async def reports_after(self, number: int) -> tuple[Reported, ...]:
        """All reports with a higher number, in their order. Asks for an administrator's rights."""

    async def newest_report(self) -> int:
        """0 when there is none."""


class Rooms:
    """Synapse, by its client and admin API. `http` must have the `READING` limits or wider ones."""

    def __init__(self, http: Outbound, settings: MatrixSettings) -> None:
        self._api = MatrixApi(http, settings)

    async def me(self) -> str:
        return (await self._api.read((*CLIENT, "account", "whoami"), WhoAmI)).user_id

    async def named(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        return (await self._api.read((*CLIENT, "directory", "room", name), Directory)).room_id

    async def join(self, room: str) -> None:
        await self._api.post((*CLIENT, "join", room))

    async def now(self) -> str:
        return (await self._sync({"timeout": "0", "filter": _filter(frozenset(), 1)})).next_batch

    async def since(self, token: str, only: frozenset[str], wait: timedelta) -> News:
        timeout = min(wait, LONGEST_WAIT) // timedelta(milliseconds=1)
        told = await self._sync(
            {"since": token, "timeout": str(timeout), "filter": _filter(only, _AT_ONCE)}
        )
        events, gaps = [], []
        for room, part in {**told.rooms.leave, **told.rooms.join}.items():
            if part.timeline.limited and part.timeline.prev_batch:
                try:
                    events += await self._between(room, token, part.timeline.prev_batch)
                except (TurnedDown, Gone):
                    gaps.append(room)
            events += [(room, event) for event in part.timeline.events]
        return _news(events, gaps, told)

    async def author_of(self, room: str, event: str) -> str | None:
        try:
            path = (*CLIENT, "rooms", room, "event", event)
            return (await self._api.read(path, Authored)).sender
        except (TurnedDown, Gone):
            return await self._author_anywhere(room, event)

    async def reports_after(self, number: int) -> tuple[Reported, ...]:
        rows: dict[int, Filed] = {}
        async for page in self._filed():
            new = [row for row in page if row.id > number]
            if not new:
                break
            rows |= {row.id: row for row in new}
        return tuple([await self._reported(rows[each]) for each in sorted(rows)])

    async def newest_report(self) -> int:
        async for page in self._filed():
            return max((row.id for row in page), default=0)
        return 0

    async def _sync(self, query: Mapping[str, str]) -> Sync:
        return await self._api.read((*CLIENT, "sync"), Sync, query)

    async def _between(self, room: str, token: str, until: str) -> list[tuple[str, Any]]:
        """What came after `token` and before the last few. Backwards, because only there does a
        token bound the answer by when events arrived; then put in order. Held in memory, about
        1 kB each."""
        found: list[Any] = []
        query = {"dir": "b", "to": token, "limit": str(_AT_ONCE), "filter": _TYPES}
        ahead: str | None = until
        while ahead is not None:
            path = (*CLIENT, "rooms", room, "messages")
            page = await self._api.read(path, Page, {**query, "from": ahead})
            found += page.chunk
            ahead = page.end
        return [(room, event) for event in reversed(found)]

    async def _author_anywhere(self, room: str, event: str) -> str | None:
        try:
            found = (await self._api.read((*ADMIN, "fetch_event", event), Fetched)).event
        except (TurnedDown, Gone):
            return None
        return found.sender if found.room_id == room else None

    async def _filed(self) -> AsyncIterator[tuple[Filed, ...]]:
        """Newest first: what is filed meanwhile moves a row on, so it may come twice, never not."""
        query = {"dir": "b", "limit": str(_REPORTS_AT_ONCE)}
        while True:
            page = await self._api.read((*ADMIN, "event_reports"), FiledPage, query)
            yield page.event_reports
            if page.next_token is None:
                return
            query["from"] = str(page.next_token)

    async def _reported(self, row: Filed) -> Reported:
        path = (*ADMIN, "event_reports", str(row.id))
        try:
            event = (await self._api.read(path, FiledEvent)).event_json
            about = posted(row.room_id, {**event, "event_id": row.event_id})
        except (Gone, Nonsense):
            about = _as_filed(row)
        return Reported(number=row.id, reporter=row.user_id, reason=row.reason or "", about=about)


def _as_filed(row: Filed) -> Posted | None:
    """What the report itself says of an event that cannot be read."""
    if row.sender is None:
        return None
    at = datetime.fromtimestamp(row.received_ts / 1000, UTC)
    return Posted(room=row.room_id, event=row.event_id, author=row.sender, at=at, kind="")


def _news(events: Iterable[tuple[str, Any]], gaps: Iterable[str], told: Sync) -> News:
    read, encrypted, unreadable = list[Posted](), dict[str, None](), 0
    for room, event in events:
        try:
            one = posted(room, event)
        except Nonsense:
            unreadable += 1
            continue
        if one is not None and one.kind == ENCRYPTED_EVENT:
            encrypted[room] = None
        elif one is not None:
            read.append(one)
    return News(
        posted=tuple(read),
        unreadable=unreadable,
        encrypted=tuple(encrypted),
        invited=tuple(told.rooms.invite),
        left=tuple(told.rooms.leave),
        gaps=tuple(gaps),
        next=told.next_batch,
    )


_TYPES: Final = json.dumps({"types": [MESSAGE_EVENT, ENCRYPTED_EVENT]})


def _filter(only: frozenset[str], limit: int) -> str:
    """Messages and nothing else: neither who is typing nor who is in the room."""
    nothing: dict[str, Any] = {"types": []}
    room: dict[str, Any] = {
        "timeline": {"types": [MESSAGE_EVENT, ENCRYPTED_EVENT], "limit": limit},
        "state": nothing,
        "ephemeral": nothing,
        "account_data": nothing,
    }
    if only:
        room["rooms"] = sorted(only)
    return json.dumps({"presence": nothing, "account_data": nothing, "room": room})
