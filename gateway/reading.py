"""A request's body, read once: within a size, within a time, as strict JSON."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import HTTPException, Request
from pydantic import JsonValue
from starlette.types import Receive, Scope

from casework.errors import Malformed, TooLarge
from gateway.settings import GatewaySettings
from gateway.strict_json import parse


def refuse_unprintable(request: Request) -> None:
    """Raises Malformed for control characters in the address: no name of anything has one."""
    address = str(request.scope["path"]) + "".join(request.query_params.values())
    if any(sign < " " or sign == "\x7f" for sign in address):
        raise Malformed("the address has control characters in it")


class CappedRequest(Request):
    """What the routes are given. FastAPI takes bodies through `body`, `json` and `form`."""

    def __init__(
        self, scope: Scope, receive: Receive, settings: GatewaySettings, cap: int | None = None
    ) -> None:
        super().__init__(scope, receive)
        self._settings = settings
        self._cap = cap or settings.body_cap_bytes
        self._whole: bytes | None = None
        self._parsed: list[JsonValue] = []

    async def body(self) -> bytes:
        """Raises TooLarge as soon as it is, without reading on."""
        if self._whole is None:
            self._whole = await self._read()
            self._body = self._whole  # from where Starlette takes forms
        return self._whole

    async def json(self) -> Any:
        """Raises Malformed, TooLarge."""
        if not self._parsed:
            self._parsed.append(parse(await self.body(), depth=self._settings.json_depth))
        return self._parsed[0]

    async def read(self) -> None:
        """Read the body, and parse it if it is called JSON.

        To be done before FastAPI does: it would answer our refusals with one of its own.
        """
        if await self.body() and "json" in self.headers.get("content-type", ""):
            await self.json()

    async def _read(self) -> bytes:
        cap = self._cap
        announced = self.headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > cap:
            raise TooLarge("a body may have %(most)s bytes", most=cap)
        try:
            async with asyncio.timeout(self._settings.body_patience.total_seconds()):
                return await _joined(self.stream(), cap)
        except TimeoutError:
            raise HTTPException(408, "the body took too long") from None


async def _joined(chunks: AsyncIterator[bytes], cap: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > cap:
            raise TooLarge("a body may have %(most)s bytes", most=cap)
    return bytes(body)
