"""A listener to an event stream, as a server would run it: httpx waits for the end of an answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message

from tests.gateway.browser import browser
from tests.gateway.counter import Counter

PATIENCE_S = 10.0


@dataclass
class Event:
    name: str
    told: Any


@dataclass
class Listener:
    """`status` and `headers` of the answer, and its events as they come."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _began: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: int = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self._began.set()
            return
        self.raw += message.get("body", b"")
        self._came.set()

    @property
    def events(self) -> list[Event]:
        blocks = [block.splitlines() for block in self.raw.decode().split("\n\n")]
        named = [dict(line.split(": ", 1) for line in block) for block in blocks if block]
        return [Event(each["event"], json.loads(each["data"])) for each in named if "event" in each]

    async def begun(self) -> None:
        await asyncio.wait_for(self._began.wait(), PATIENCE_S)

    async def next(self, name: str) -> Any:
        """What the next event of this name says."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for place, event in enumerate(self.events[self._taken :], self._taken + 1):
                    if event.name == name:
                        self._taken = place
                        return event.told
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def listening(counter: Counter, who: str | None, query: str = "") -> AsyncIterator[Listener]:
    """Somebody at a page that is kept true, until the block ends."""
    async with browser(counter, who) as person:
        cookies = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    async with listening_with(counter, cookies, query) as listener:
        yield listener


@asynccontextmanager
async def listening_with(
    counter: Counter, cookies: str, query: str = ""
) -> AsyncIterator[Listener]:
    listener, leaves = Listener(), asyncio.Event()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/console/live",
        "raw_path": b"/console/live",
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"casework.test"), (b"cookie", cookies.encode())],
        "client": ("203.0.113.7", 4711),
        "server": ("casework.test", 80),
        "state": {},
    }

    async def receive() -> Message:
        if not leaves.is_set():
            await leaves.wait()
        return {"type": "http.disconnect"}

    async def run() -> None:
        try:
            await counter.app(scope, receive, listener.send)
        finally:
            listener.ended.set()

    running = asyncio.create_task(run())
    await listener.begun()
    try:
        yield listener
    finally:
        leaves.set()
        await asyncio.wait_for(running, PATIENCE_S)
