"""What people do on a homeserver: talk, edit, report, read. For the demo and the tests."""

from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import BaseModel, Field, RootModel, StrictBool, StrictStr

from casework.errors import TurnedDown
from integrations.addresses import below
from integrations.http import Outbound, Reply, Request, with_json
from integrations.matrix.calls import CLIENT
from integrations.matrix.homeserver import Homeserver, Newcomer, Resident, register

_LAST: Final = "100"


class Sentence(BaseModel):
    msgtype: str = "m.text"
    body: str
    relates: dict[str, str] | None = Field(default=None, serialization_alias="m.relates_to")
    new: dict[str, str] | None = Field(default=None, serialization_alias="m.new_content")


class NewRoom(BaseModel):
    """`alias` is the local part: `lounge` for `#lounge:server`."""

    preset: str = "public_chat"
    alias: str | None = Field(default=None, serialization_alias="room_alias_name")
    name: str | None = None
    invite: tuple[str, ...] = ()


class Complaint(BaseModel):
    reason: str


class Whom(BaseModel):
    user_id: str


class _EventId(BaseModel):
    event_id: StrictStr


class _RoomId(BaseModel):
    room_id: StrictStr


class _Timeline(BaseModel):
    chunk: list[dict[str, Any]]


class _Joined(BaseModel):
    joined_rooms: tuple[StrictStr, ...]


class _Anything(RootModel[dict[str, Any]]):
    pass


class Standing(BaseModel):
    """How an account stands, as administrators see it."""

    suspended: StrictBool
    locked: StrictBool


class Person:
    """Somebody with a client. Every call raises TurnedDown when the homeserver does not let them,
    Unavailable when it does not answer."""

    def __init__(self, http: Outbound, homeserver: Homeserver, resident: Resident) -> None:
        self._http = http
        self._base = homeserver.url
        self._token = resident.access_token
        self._sentences = count(1)
        self.id = resident.user_id

    @classmethod
    async def moving_in(
        cls, http: Outbound, homeserver: Homeserver, newcomer: Newcomer
    ) -> "Person":
        return cls(http, homeserver, await register(http, homeserver, newcomer))

    async def open_room(self, room: NewRoom) -> str:
        reply = await self._post((*CLIENT, "createRoom"), room)
        return reply.parsed_as(_RoomId).room_id

    async def join(self, room: str) -> None:
        await self._post((*CLIENT, "join", room))

    async def invite(self, room: str, other: str) -> None:
        await self._post((*CLIENT, "rooms", room, "invite"), Whom(user_id=other))

    async def put_out(self, room: str, other: str) -> None:
        await self._post((*CLIENT, "rooms", room, "kick"), Whom(user_id=other))

    async def say(self, room: str, words: str) -> str:
        """The event's id."""
        return await self.post(room, Sentence(body=words))

    async def edit(self, room: str, event: str, words: str) -> str:
        """Post an edit of that event, whosever it is."""
        new = {"msgtype": "m.text", "body": words}
        relates = {"rel_type": "m.replace", "event_id": event}
        return await self.post(room, Sentence(body=f"* {words}", relates=relates, new=new))

    async def post(self, room: str, content: BaseModel) -> str:
        """A message with any content."""
        transaction = f"{id(self)}.{next(self._sentences)}"
        path = (*CLIENT, "rooms", room, "send", "m.room.message", transaction)
        reply = await self._http.put(with_json(self._request(path), _json(content)))
        return reply.parsed_as(_EventId).event_id

    async def take_back(self, room: str, event: str) -> None:
        path = (*CLIENT, "rooms", room, "redact", event, f"r{next(self._sentences)}")
        await self._http.put(with_json(self._request(path), b"{}"))

    async def report(self, room: str, event: str, reason: str) -> None:
        await self._post((*CLIENT, "rooms", room, "report", event), Complaint(reason=reason))

    async def read(self, room: str, event: str) -> dict[str, Any]:
        """An event as this person sees it now."""
        found = await self._http.get(self._request((*CLIENT, "rooms", room, "event", event)))
        return found.parsed_as(_Anything).root

    async def rooms(self) -> tuple[str, ...]:
        reply = await self._http.get(self._request((*CLIENT, "joined_rooms")))
        return reply.parsed_as(_Joined).joined_rooms

    async def hears(self, room: str) -> list[dict[str, Any]]:
        """The last messages of a room, oldest first."""
        query = {"dir": "b", "limit": _LAST, "filter": '{"types":["m.room.message"]}'}
        reply = await self._http.get(self._request((*CLIENT, "rooms", room, "messages"), query))
        return reply.parsed_as(_Timeline).chunk[::-1]

    async def may_post(self, room: str, words: str) -> bool:
        """Say something, and answer whether it was taken."""
        try:
            await self.say(room, words)
        except TurnedDown:
            return False
        return True

    async def standing_of(self, other: str) -> Standing:
        """For administrators."""
        path = ("_synapse", "admin", "v2", "users", other)
        return (await self._http.get(self._request(path))).parsed_as(Standing)

    async def _post(self, path: tuple[str, ...], body: BaseModel | None = None) -> Reply:
        content = _json(body) if body else b"{}"
        return await self._http.post(with_json(self._request(path), content))

    def _request(self, path: tuple[str, ...], query: dict[str, str] | None = None) -> Request:
        url = below(self._base, *path)
        return Request(
            url=f"{url}?{urlencode(query)}" if query else url,
            headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
        )


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json(by_alias=True, exclude_none=True).encode()
