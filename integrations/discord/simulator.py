"""A small Discord: one guild behind the documented part of its API, failing in the documented ways.

Run by hand: `uvicorn --factory` on a function that makes the settings and calls `app`. Facts:
github.com/discord/discord-api-docs, August 2026.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.base import Model
from integrations.discord.guild import Guild, Happening, JoinedMember, PostedMessage, StandingBan
from integrations.discord.pretended import Asked, Pretended, Refused, Said
from integrations.discord.pretended_talk import Talk
from integrations.discord.quota import Quota
from integrations.discord.wire import Code
from integrations.simulation import Faults, broken_off, hang_until_gone, healthz

Clock = Callable[[], datetime]
_PREFIX = "/api/v10"


class DiscordSimulatorSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_SIM_DISCORD_", frozen=True, extra="forbid"
    )

    guild: str
    token: str
    per_window: Annotated[int, Field(ge=1)] = 1_000
    """Requests for each route, and channel or guild."""
    window_s: Annotated[float, Field(gt=0)] = 1.0


class DiscordFault(StrEnum):
    """What goes wrong with the next changes. Looking always tells the truth."""

    NONE = "none"
    LOSE_ANSWER = "lose_answer"
    """Acts, and breaks off in the middle of the answer."""
    ACT_THEN_500 = "act_then_500"
    DO_NOTHING = "do_nothing"
    """Says yes and does nothing."""
    OTHER_WORDS = "other_words"
    """Acts, and answers with a page instead of JSON."""
    RATE_LIMIT = "rate_limit"
    GLOBAL_LIMIT = "global_limit"
    SHARED_LIMIT = "shared_limit"
    SHUT_OUT = "shut_out"
    """429 from the network before Discord: a page, and no wait named."""
    OVERLOADED = "overloaded"
    ERROR = "error"
    """500 without acting."""
    NO_PERMISSION = "no_permission"
    NO_ACCESS = "no_access"
    HANG = "hang"


class Summary(Model):
    happenings: tuple[Happening, ...]
    doubled: tuple[str, ...]
    told_off: int
    """Requests answered with 429, also those ordered as a fault."""
    refused: int
    """401, 403 and 429 that count towards being shut out."""


def app(settings: DiscordSimulatorSettings, *, clock: Clock | None = None) -> FastAPI:
    discord = _Discord(settings, clock or (lambda: datetime.now(UTC)))
    served = FastAPI(title="Simulated Discord", docs_url=None, redoc_url=None)
    add = served.add_api_route
    message = _PREFIX + "/channels/{channel}/messages/{message}"
    member = _PREFIX + "/guilds/{guild}/members/{user}"
    ban = _PREFIX + "/guilds/{guild}/bans/{user}"
    add(message, discord.message, methods=["GET", "DELETE"])
    add(_PREFIX + "/users/@me/channels", discord.conversation, methods=["POST"])
    add(_PREFIX + "/channels/{channel}/messages", discord.messages, methods=["GET", "POST"])
    add(member, discord.member, methods=["GET", "PATCH", "DELETE"])
    add(ban, discord.ban, methods=["GET", "PUT", "DELETE"])
    add("/simulator/messages", discord.post, methods=["POST"])
    add("/simulator/members", discord.join, methods=["POST"])
    add("/simulator/bans", discord.ban_by_hand, methods=["POST"])
    add("/simulator/summary", discord.summary, methods=["GET"])
    add("/healthz", healthz, methods=["GET"])
    served.include_router(discord.faults.router())
    return served


class _Discord:
    def __init__(self, settings: DiscordSimulatorSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._guild = Guild()
        self._pretended = Pretended(self._guild, settings.guild, clock)
        self._talk = Talk(self._guild, clock)
        self._quota = Quota(settings.per_window, timedelta(seconds=settings.window_s), clock)
        self._told_off = 0
        self._refused = 0
        self.faults = Faults(DiscordFault)

    async def message(self, channel: str, message: str, request: Request) -> Response:
        asked = await _asked(request)
        return await self._answer(
            request, "messages", channel, lambda: self._pretended.message(asked, channel, message)
        )

    async def conversation(self, request: Request) -> Response:
        asked = await _asked(request)
        return await self._answer(request, "channels", "", lambda: self._talk.open(asked))

    async def messages(self, channel: str, request: Request) -> Response:
        asked = await _asked(request)
        return await self._answer(
            request, "talk", channel, lambda: self._talk.messages(asked, channel)
        )

    async def member(self, guild: str, user: str, request: Request) -> Response:
        asked = await _asked(request)
        return await self._answer(
            request, "members", guild, lambda: self._pretended.member(asked, guild, user)
        )

    async def ban(self, guild: str, user: str, request: Request) -> Response:
        asked = await _asked(request)
        return await self._answer(
            request, "bans", guild, lambda: self._pretended.ban(asked, guild, user)
        )

    async def post(self, message: PostedMessage) -> None:
        self._guild.post(message)

    async def join(self, member: JoinedMember) -> None:
        self._guild.join(member)

    async def ban_by_hand(self, ban: StandingBan) -> None:
        self._guild.ban(ban)

    async def summary(self) -> Summary:
        return Summary(
            happenings=tuple(self._guild.happenings),
            doubled=tuple(self._guild.doubled),
            told_off=self._told_off,
            refused=self._refused,
        )

    # -- what every request meets

    async def _answer(
        self,
        request: Request,
        pattern: str,
        major: str,
        work: Callable[[], Said],
    ) -> Response:
        headers, wait = self._quota.take(f"{request.method} {pattern}", major)
        try:
            answer = self._too_fast(wait, "user") if wait else await self._served(request, work)
        except Refused as refusal:
            answer = _problem(refusal.status, refusal.code)
        if answer.status_code in (401, 403):
            self._refused += 1
        answer.headers.update(headers)
        return answer

    async def _served(self, request: Request, work: Callable[[], Said]) -> Response:
        if request.headers.get("authorization") != f"Bot {self._settings.token}":
            raise Refused(401, 0)
        if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
            raise Refused(403, 40333)
        if request.method == "GET" or request.url.path.endswith("/users/@me/channels"):
            return _response(work())
        fault = self.faults.take()
        if fault is DiscordFault.HANG:
            await hang_until_gone(request)
        return self._refusal(fault) or await self._done(fault, work)

    async def _done(self, fault: DiscordFault, work: Callable[[], Said]) -> Response:
        if fault is DiscordFault.DO_NOTHING:
            return Response(status_code=204)
        answer = _response(work())
        if fault is DiscordFault.ACT_THEN_500:
            return _problem(500, 0)
        if fault is DiscordFault.OTHER_WORDS:
            return HTMLResponse("<h1>Done</h1>")
        return broken_off() if fault is DiscordFault.LOSE_ANSWER else answer

    def _refusal(self, fault: DiscordFault) -> Response | None:
        wait = timedelta(seconds=1.5)
        match fault:
            case DiscordFault.RATE_LIMIT:
                return self._too_fast(wait, "user")
            case DiscordFault.GLOBAL_LIMIT:
                return self._too_fast(wait, "global")
            case DiscordFault.SHARED_LIMIT:
                return self._too_fast(wait, "shared")
            case DiscordFault.SHUT_OUT:
                self._told_off += 1
                return HTMLResponse("<h1>You are being rate limited</h1>", status_code=429)
            case DiscordFault.OVERLOADED:
                return _problem(403, Code.OVERLOADED)
            case DiscordFault.ERROR:
                return _problem(500, 0)
            case DiscordFault.NO_PERMISSION:
                return _problem(403, Code.MISSING_PERMISSIONS)
            case DiscordFault.NO_ACCESS:
                return _problem(403, Code.MISSING_ACCESS)
            case _:
                return None

    def _too_fast(self, wait: timedelta, scope: str) -> Response:
        self._told_off += 1
        self._refused += scope != "shared"
        seconds = wait.total_seconds()
        told = {"message": "slow down", "retry_after": seconds, "global": scope == "global"}
        headers = {"Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        return JSONResponse(told, status_code=429, headers=headers)


async def _asked(request: Request) -> Asked:
    reason = unquote(request.headers.get("x-audit-log-reason", ""))
    body, query = await request.body(), dict(request.query_params)
    return Asked(method=request.method, reason=reason, body=body, query=query)


def _response(said: Said) -> Response:
    return JSONResponse(said) if said is not None else Response(status_code=204)


def _problem(status: int, code: int) -> Response:
    return JSONResponse({"code": code, "message": "refused"}, status_code=status)
