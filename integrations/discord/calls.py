"""Requests to Discord: the bot's token, its limits, and what a refusal means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from pydantic import Field

from casework.base import Model
from casework.errors import Nonsense, TurnedDown, Unavailable
from integrations.addresses import below
from integrations.discord.limits import InvalidRequests, RateLimits, Route, wait_of
from integrations.discord.settings import DiscordSettings
from integrations.discord.wire import FOR_NOW, REASON, Code, Refusal, TooFast
from integrations.http import Outbound, Reply, Request, wait_named, with_json

Pause = Callable[[float], Awaitable[None]]

_USER_AGENT: Final = "DiscordBot (https://casework.example, 0.1)"
"""Discord turns away callers that do not name themselves in this form (reference, User Agent)."""

_MEANINGFUL: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

_SHUT_OUT_FOR: Final = timedelta(minutes=10)
"""How long we keep away after a 429 that is not Discord's own format: the network before it has
shut this address out, and does not say for how long."""


class Method(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Call(Model):
    """One request below the base address. `pattern` is the path with its ids left out, `major` the
    channel or guild in it: what Discord counts its limits by."""

    method: Method
    path: tuple[str, ...]
    pattern: str
    major: str
    query: Mapping[str, str] = Field(default_factory=dict)
    content: bytes = b""
    reason: str = ""

    @property
    def route(self) -> Route:
        return Route(pattern=f"{self.method} {self.pattern}", major=self.major)


class DiscordApi:
    """Every request is safe to repeat for whoever looks first; nothing here repeats one."""

    def __init__(
        self,
        http: Outbound,
        settings: DiscordSettings,
        *,
        clock: Callable[[], datetime],
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._pause = pause
        self._limits = RateLimits(clock)
        self._invalid = InvalidRequests(clock, settings.invalid_cap)

    async def ask(self, call: Call, *absent: Code) -> Reply | None:
        """The answer, or None when Discord says with one of `absent` that there is no such thing.

        Raises:
            Unavailable: no answer, 5xx, a limit: its own wait, told or known beforehand.
            TurnedDown: any other refusal. A 404 without a code of Discord's own says that the
                address is wrong, and nothing about what was asked for.
        """
        self._invalid.check()
        await self._take_turn(call.route)
        reply = await self._send(call)
        self._limits.learn(call.route, reply.headers)
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._told_off(call.route, reply)
        code = _code(reply)
        if reply.status == HTTPStatus.NOT_FOUND and code in absent:
            return None
        raise self._refusal(reply.status, code)

    async def order(self, call: Call, *absent: Code) -> bool:
        """Ask for a change. False when there is nothing to change it on; raises as `ask`.

        What a yes says besides is of no use: only reading back counts.
        """
        try:
            return await self.ask(call, *absent) is not None
        except Nonsense:
            return True

    async def _take_turn(self, route: Route) -> None:
        wait = self._limits.wait(route)
        if timedelta() < wait <= self._settings.patience:
            await self._pause(wait.total_seconds())
            wait = self._limits.wait(route)
        if wait:
            raise Unavailable("Discord's limit is spent: waiting", retry_after=wait)

    async def _send(self, call: Call) -> Reply:
        headers = {
            "Authorization": f"Bot {self._settings.token.get_secret_value()}",
            "User-Agent": _USER_AGENT,
        }
        if call.reason:
            headers[REASON] = call.reason
        url = below(self._settings.base_url, *call.path)
        if call.query:
            url = f"{url}?{urlencode(call.query)}"
        request = Request(url=url, headers=headers, accepts=_MEANINGFUL)
        if call.content:
            request = with_json(request, call.content)
        match call.method:
            case Method.GET:
                return await self._http.get(request)
            case Method.POST:
                return await self._http.post(request)
            case Method.PUT:
                return await self._http.put(request)
            case Method.PATCH:
                return await self._http.patch(request)
            case Method.DELETE:
                return await self._http.delete(request)

    def _told_off(self, route: Route, reply: Reply) -> Unavailable:
        if reply.headers.get("x-ratelimit-scope") != "shared":
            self._invalid.count()
        named = wait_named(reply.headers.get("retry-after"), now=self._clock())
        try:
            told = reply.parsed_as(TooFast)
        except Nonsense:
            wait = named or _SHUT_OUT_FOR
            self._limits.told_off_everywhere(wait)
        else:
            wait = wait_of(told.retry_after)
            if told.is_global:
                self._limits.told_off_everywhere(wait)
            else:
                self._limits.told_off(route, wait)
        return Unavailable("Discord answered 429", retry_after=wait)

    def _refusal(self, status: int, code: int) -> Unavailable | TurnedDown:
        if status == HTTPStatus.UNAUTHORIZED:
            self._invalid.token_refused()
        elif status == HTTPStatus.FORBIDDEN:
            self._invalid.count()
        if code in FOR_NOW:
            return Unavailable(f"Discord answered {status} with code {code}")
        return TurnedDown(f"Discord answered {status} with code {code}")


def _code(reply: Reply) -> int:
    """0 when the refusal cannot be read."""
    try:
        return reply.parsed_as(Refusal).code
    except Nonsense:
        return 0
