"""Waits for what should become so on the homeserver, and says what is."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from cli.api import Api
from integrations.matrix.homeserver import NOTICES
from integrations.matrix.residents import Person

PATIENCE_S: Final = 45.0
"""On a busy machine. What Casework itself takes is a second or two."""
_LOOK_EVERY_S: Final = 0.5
_TRY_EVERY_S: Final = 1.0
_LINK: Final = re.compile(r"/appeals/(\S+)")

_Found = TypeVar("_Found")


async def until(look: Callable[[], Awaitable[_Found | None]], within_s: float) -> _Found | None:
    """What `look` found, once it finds something; None when it does not in time."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within_s
    while True:
        found = await look()
        if found is not None or loop.time() > give_up:
            return found
        await asyncio.sleep(_LOOK_EVERY_S)


async def is_redacted(by: Person, room: str, event: str) -> bool:
    """Whether somebody in the room sees it redacted, in time."""

    async def look() -> bool | None:
        seen = await by.read(room, event)
        gone = "redacted_because" in seen.get("unsigned", {}) and not seen["content"]
        return True if gone else None

    return await until(look, PATIENCE_S) is not None


async def notice(to: Person, words: str) -> str | None:
    """The server notice with these words, as the person reads it in a room of theirs."""

    async def look() -> str | None:
        for room in await to.rooms():
            for message in await to.hears(room):
                body = message["content"].get("body", "")
                if message["sender"].startswith(f"@{NOTICES}:") and words in body:
                    return str(body)
        return None

    return await until(look, PATIENCE_S)


async def becomes_suspended(by: Person, whom: Person, *, so: bool) -> bool:
    async def look() -> bool | None:
        return True if (await by.standing_of(whom.id)).suspended is so else None

    return await until(look, PATIENCE_S) is not None


async def seconds_until_it_may_post(who: Person, room: str, words: str, within_s: float) -> float:
    """Tries about once a second; what is taken at last stays in the room."""
    began = time.monotonic()
    while True:
        may = await who.may_post(room, words)
        passed = time.monotonic() - began
        if may or passed > within_s:
            return passed
        await asyncio.sleep(_TRY_EVERY_S)


def appeal_token(text: str) -> str:
    """Of the link in a notice; empty when there is none."""
    found = _LINK.search(text)
    return found[1].rstrip(".") if found else ""


async def decide(staff: Api, queue: str, account: str, decision: dict[str, Any]) -> bool:
    """Take this account's review from a queue and decide it, as people do over HTTP."""

    async def look() -> bool | None:
        claimed = await staff.claim(queue)
        if claimed is None or claimed.body["account"]["id"] != account:
            return None
        await staff.decide(claimed.body["review_id"], claimed.etag, decision)
        return True

    return await until(look, PATIENCE_S) is not None
