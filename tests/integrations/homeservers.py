"""A room on a real homeserver, the people in it, and the adapter that looks after it."""

import secrets
from collections import Counter
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from casework.detection import AccountRef, ItemRef
from casework.records import ActionRecord
from casework.words import ActionKind
from integrations.http import Outbound
from integrations.matrix.client import Matrix
from integrations.matrix.homeserver import Homeserver, Newcomer, Resident, register
from integrations.matrix.settings import MatrixSettings
from tests.integrations.cases import action

CLIENT = "/_matrix/client/v3"


def part(name: str) -> str:
    """A part of a path."""
    return quote(name, safe="")


class Person:
    """Somebody at their own client."""

    def __init__(self, homeserver: Homeserver, resident: Resident) -> None:
        self.id = resident.user_id
        self.token = resident.access_token
        self.http = httpx.AsyncClient(
            base_url=homeserver.url,
            headers={"Authorization": f"Bearer {resident.access_token.get_secret_value()}"},
            trust_env=False,
            verify=False,  # there is no TLS, and reading all authorities takes its time
            timeout=30,
        )

    async def does(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def says(self, room: str, text: str, **more: Any) -> str:
        path = f"{CLIENT}/rooms/{part(room)}/send/m.room.message/{secrets.token_hex(8)}"
        said = await self.does("PUT", path, {"msgtype": "m.text", "body": text, **more})
        return str(said["event_id"])

    async def edits(self, room: str, event: str, text: str) -> str:
        relates = {"rel_type": "m.replace", "event_id": event}
        content = {"msgtype": "m.text", "body": text}
        return await self.says(
            room, f"* {text}", **{"m.new_content": content, "m.relates_to": relates}
        )

    async def uploads(self, content: bytes) -> str:
        answer = await self.http.post(
            "/_matrix/media/v3/upload", content=content, headers={"Content-Type": "text/plain"}
        )
        answer.raise_for_status()
        return str(answer.json()["content_uri"])

    async def may_write(self, room: str) -> bool:
        path = f"{CLIENT}/rooms/{part(room)}/send/m.room.message/{secrets.token_hex(8)}"
        answer = await self.http.put(path, json={"msgtype": "m.text", "body": "May I?"})
        return answer.is_success

    async def reads(self, room: str, event: str) -> dict[str, Any]:
        path = f"{CLIENT}/rooms/{part(room)}/event/{part(event)}"
        content: dict[str, Any] = (await self.does("GET", path))["content"]
        return content

    async def timeline(self, room: str) -> list[dict[str, Any]]:
        page = await self.does("GET", f"{CLIENT}/rooms/{part(room)}/messages?dir=b&limit=100")
        return list(page["chunk"])

    async def notices(self, sender: str) -> list[dict[str, Any]]:
        """What the homeserver has told them, newest first."""
        joined = (await self.does("GET", f"{CLIENT}/joined_rooms"))["joined_rooms"]
        events = [event for room in joined for event in await self.timeline(room)]
        return [
            each["content"]
            for each in events
            if each["sender"] == sender and each["type"] == "m.room.message"
        ]


class RoughRoad(httpx.AsyncBaseTransport):
    """The way to a real homeserver, on which orders or their answers are lost as told.

    `orders` counts those that arrived. What is only asked always gets through.
    """

    def __init__(self) -> None:
        self.orders: Counter[str] = Counter()
        self._way = httpx.AsyncHTTPTransport(verify=False)
        self._mode = "none"

    async def breaks(self, mode: str, times: int = 1) -> None:
        """The next order: `act_then_500`, `error` or `none`."""
        self._mode = mode

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._way.handle_async_request(request)
        mode, self._mode = self._mode, "none"
        if mode == "error":
            return httpx.Response(500)
        self.orders[f"{request.method} {request.url.path}"] += 1
        answer = await self._way.handle_async_request(request)
        if mode == "act_then_500":
            await answer.aclose()
            return httpx.Response(500)
        return answer

    async def aclose(self) -> None:
        await self._way.aclose()


class Neighbourhood:
    """One room of `ann`, in which `moderator` may redact."""

    homeserver: Homeserver
    http: Outbound
    moderator: Person
    ann: Person
    room: str
    _people: list[Person]

    @classmethod
    async def settled(cls, homeserver: Homeserver) -> "Neighbourhood":
        here = cls()
        here.homeserver, here.http, here._people = homeserver, Outbound(), []
        here.moderator = await here.moves_in("moderator", admin=True)
        here.ann = await here.moves_in("ann")
        levels = {"users": {here.moderator.id: 50}}
        told = await here.ann.does(
            "POST",
            f"{CLIENT}/createRoom",
            {"preset": "public_chat", "power_level_content_override": levels},
        )
        here.room = told["room_id"]
        await here.comes_in(here.moderator)
        return here

    async def guest(self) -> Person:
        """Somebody who reads along."""
        bob = await self.moves_in("bob")
        await self.comes_in(bob)
        return bob

    async def comes_in(self, person: Person) -> None:
        await person.does("POST", f"{CLIENT}/rooms/{part(self.room)}/join", {})

    async def moves_in(self, name: str, *, admin: bool = False) -> Person:
        unique = f"{name}.{secrets.token_hex(4)}"
        resident = await register(self.http, self.homeserver, Newcomer(name=unique, admin=admin))
        person = Person(self.homeserver, resident)
        self._people.append(person)
        return person

    def settings(self, token: SecretStr | None = None) -> MatrixSettings:
        return MatrixSettings(
            base_url=self.homeserver.url, access_token=token or self.moderator.token
        )

    @property
    def matrix(self) -> Matrix:
        """A new one each time: what it knows, it has from the homeserver."""
        return Matrix(self.http, self.settings())

    def message(self, event: str) -> ItemRef:
        return ItemRef(type="message", id=f"{self.room}/{event}")

    async def aclose(self) -> None:
        await self.http.aclose()
        for person in self._people:
            await person.http.aclose()


def ordered(kind: ActionKind, item: ItemRef, account: str, *, action_id: str = "") -> ActionRecord:
    """An action with an id of its own: the homeserver is the same for all tests."""
    name = action_id or f"a-{secrets.token_hex(16)}"
    return action(kind, action_id=name, item=item, account=AccountRef(id=account))
