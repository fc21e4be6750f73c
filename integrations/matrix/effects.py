"""What a decision does on a homeserver to a message, to media or to an account.

A homeserver knows nothing of our action ids: a message is redacted or not, an account suspended or
not, by whomever. So each effect looks before it asks, and doing it twice is doing it once.
"""

import json
from typing import Final, Protocol

from casework.errors import Gone, Irreversible, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import PlatformState
from integrations.matrix.calls import ADMIN, CLIENT, MatrixApi
from integrations.matrix.server_notices import ServerNotices
from integrations.matrix.wire import (
    Event,
    EventInContext,
    MediaAnswer,
    MediaInfo,
    MessageName,
    RedactionOrder,
    Relations,
    media_name,
    message_name,
)

_EVENT_ALONE: Final = {
    "limit": "0",
    "filter": json.dumps({"not_types": ["*"], "lazy_load_members": True}),
}
"""Neither its neighbours nor the room's state, which may be larger than we are willing to read."""

_EDITS_AT_ONCE: Final = "50"


class Effect(Protocol):
    async def carry_out(self, action: ActionRecord) -> None: ...

    async def read_back(self, action: ActionRecord) -> PlatformState: ...

    async def revert(self, action: ActionRecord) -> None: ...


class Redaction:
    """A message loses its content, and so do its edits, which hold the words once more.

    It is asked for as a member of the room and read as an administrator of the server.
    """

    def __init__(self, api: MatrixApi) -> None:
        self._api = api

    async def carry_out(self, action: ActionRecord) -> None:
        name = message_name(action.item)
        event = await self._event(name)
        _refuse_another(event, name, action)
        if because := event.unsigned.redacted_because:
            if because.content.ref == action.platform_ref:
                return
            raise Gone("the message was deleted already")
        for edit in await self._edits(name, action.account.id):
            await self._redact(name.room, edit, action)
        await self._redact(name.room, name.event, action)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        try:
            event = await self._event(message_name(action.item))
        except Gone:
            return PlatformState.ABSENT
        return _state(event.unsigned.redacted_because)

    async def revert(self, action: ActionRecord) -> None:
        if await self.read_back(action) is PlatformState.APPLIED:
            raise Irreversible("a redacted message cannot be brought back")

    async def _event(self, name: MessageName) -> Event:
        path = (*ADMIN, "rooms", name.room, "context", name.event)
        return (await self._api.read(path, EventInContext, _EVENT_ALONE)).event

    async def _edits(self, name: MessageName, author: str) -> list[str]:
        """Asked for before the message is redacted: afterwards it has none any more."""
        path = ("_matrix", "client", "v1", "rooms", name.room, "relations", name.event, "m.replace")
        found: list[str] = []
        query = {"limit": _EDITS_AT_ONCE}
        while True:
            page = await self._api.read(path, Relations, query)
            found += [each.event_id for each in page.chunk if each.sender == author]
            if page.next_batch is None:
                return found
            query = {"limit": _EDITS_AT_ONCE, "from": page.next_batch}

    async def _redact(self, room: str, event: str, action: ActionRecord) -> None:
        """The transaction names the event too: by one id alone the homeserver would take the second
        redaction for a repetition of the first."""
        transaction = f"{action.platform_ref}.{event}"
        path = (*CLIENT, "rooms", room, "redact", event, transaction)
        order = RedactionOrder(reason=action.reason or None, ref=action.platform_ref)
        await self._api.put(path, order)


class Quarantine:
    """Nobody can load the media any more, wherever it is shown. The file stays.

    Synapse does so with all copies of the same content, whoever uploads or uploaded them, and
    releases them together.
    """

    def __init__(self, api: MatrixApi) -> None:
        self._api = api

    async def carry_out(self, action: ActionRecord) -> None:
        info = await self._info(action)
        if info.user_id not in (None, action.account.id):
            raise WrongTarget("the media is not of the account that was judged")
        if info.quarantined_by:
            await self._refuse_another_s(info.quarantined_by)
            return
        if info.safe_from_quarantine:
            raise TurnedDown("the homeserver's administrators protect this media from quarantine")
        await self._order("quarantine", action)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        try:
            return _state((await self._info(action)).quarantined_by)
        except Gone:
            return PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        if (await self._info(action)).quarantined_by:
            await self._order("unquarantine", action)

    async def _refuse_another_s(self, by: str) -> None:
        """A copy of what was in quarantine when it was uploaded is there by nobody's hand."""
        if by.startswith("@") and by != await self._api.whoami():
            raise TurnedDown("it stands already, by another's hand")

    async def _info(self, action: ActionRecord) -> MediaInfo:
        name = media_name(action.item)
        path = (*ADMIN, "media", name.server, name.media)
        return (await self._api.read(path, MediaAnswer)).media_info

    async def _order(self, what: str, action: ActionRecord) -> None:
        name = media_name(action.item)
        await self._api.post((*ADMIN, "media", what, name.server, name.media))


class Message:
    """The account is told something, as a server notice."""

    def __init__(self, notices: ServerNotices, text: str) -> None:
        self._notices = notices
        self._text = text

    async def carry_out(self, action: ActionRecord) -> None:
        text = self._text.replace("{reason}", action.reason)
        await self._notices.send(action.account.id, action.platform_ref, text)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        return _state(await self._notices.arrived(action.account.id, action.platform_ref))

    async def revert(self, action: ActionRecord) -> None:
        if await self.read_back(action) is PlatformState.APPLIED:
            raise Irreversible("what somebody has been told cannot be untold")


def _refuse_another(event: Event, name: MessageName, action: ActionRecord) -> None:
    if (event.event_id, event.room_id) != (name.event, name.room):
        raise WrongTarget("the homeserver answered about another event")
    if event.sender != action.account.id:
        raise WrongTarget("the message is not by the account that was judged")
    if event.state_key is not None:
        raise TurnedDown("the event is a part of its room's state and no message")


def _state(stands: object) -> PlatformState:
    return PlatformState.APPLIED if stands else PlatformState.ABSENT
