"""What a homeserver tells one of its accounts, in a room that is theirs alone."""

import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Final, TypeVar

from casework.errors import Gone, Nonsense
from integrations.http import Reply
from integrations.matrix.calls import ADMIN, MatrixApi
from integrations.matrix.wire import (
    FetchedNotice,
    Memberships,
    Messages,
    NoticeContent,
    NoticeOrder,
    Room,
    Sent,
)

Value = TypeVar("Value")

_REMEMBERED: Final = 10_000
_NOTICES_AT_ONCE: Final = "20"
_PRESENT: Final = frozenset({"join", "invite"})


class ServerNotices:
    """Each is sent for a reference, which goes along as transaction id and in its content.

    The homeserver keeps transaction ids in memory, 30 to 60 minutes and not over a restart. So a
    notice whose answer never came is looked for in the account's rooms before it is sent again.
    """

    def __init__(self, api: MatrixApi, notices_account: str) -> None:
        self._api = api
        self._account = notices_account
        self._sent: OrderedDict[str, str] = OrderedDict()
        """Event ids by reference; empty while an answer is owed."""
        self._is_ours: OrderedDict[str, bool] = OrderedDict()
        """Whether a room is for notices: it never changes."""

    async def send(self, to: str, reference: str, text: str) -> None:
        """Raises as `MatrixApi`; Gone when there is no such account."""
        if reference in self._sent and await self.arrived(to, reference):
            return
        _remember(self._sent, reference, "")
        order = NoticeOrder(user_id=to, content=NoticeContent(body=text, ref=reference))
        reply = await self._api.put((*ADMIN, "send_server_notice", reference), order)
        _remember(self._sent, reference, _event_of(reply))

    async def arrived(self, to: str, reference: str) -> bool:
        """Whether the homeserver has it. The event is read by the id it was given, or looked for
        among all notices to the account by whoever does not know that id."""
        if event := self._sent.get(reference):
            try:
                path = (*ADMIN, "fetch_event", event)
                found = (await self._api.read(path, FetchedNotice)).event
            except Gone:
                return False
            return found.content.ref == reference
        async for room in self._rooms(to):
            if await self._is_in(room, reference):
                return True
        return False

    async def _rooms(self, of: str) -> AsyncIterator[str]:
        """The rooms for notices to this account; there is one, or another after it left."""
        path = (*ADMIN, "users", of, "memberships")
        try:
            rooms = (await self._api.read(path, Memberships)).memberships
        except Gone:
            return
        sender = f"@{self._account}:{of.partition(':')[2]}"
        for room, membership in rooms.items():
            if membership in _PRESENT and await self._is_for_notices(room, sender):
                yield room

    async def _is_for_notices(self, room: str, sender: str) -> bool:
        if room not in self._is_ours:
            try:
                found = await self._api.read((*ADMIN, "rooms", room), Room)
            except Gone:
                return False
            _remember(self._is_ours, room, found.creator == sender)
        return self._is_ours[room]

    async def _is_in(self, room: str, reference: str) -> bool:
        path = (*ADMIN, "rooms", room, "messages")
        query = {
            "dir": "b",
            "limit": _NOTICES_AT_ONCE,
            "filter": json.dumps({"types": ["m.room.message"]}),
        }
        while True:
            page = await self._api.read(path, Messages, query)
            if any(each.content.ref == reference for each in page.chunk):
                return True
            if page.end is None or not page.chunk:
                return False
            query["from"] = page.end


def _event_of(reply: Reply | None) -> str:
    try:
        return reply.parsed_as(Sent).event_id if reply else ""
    except Nonsense:
        return ""


def _remember(kept: OrderedDict[str, Value], key: str, value: Value) -> None:
    kept[key] = value
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)
