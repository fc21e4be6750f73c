"""A small Ozone behind a small server of its moderator's: the documented part of both, failing in
the documented ways. Facts: github.com/bluesky-social/atproto, lexicons and packages/ozone, August
2026."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field, JsonValue, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.base import Model
from integrations.ozone.records import Refused, Registry, SaidEmission
from integrations.simulation import Faults, broken_off, hang_until_gone, healthz

Clock = Callable[[], datetime]


class OzoneSimulatorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CASEWORK_SIM_OZONE_", frozen=True, extra="forbid")

    identifier: str
    password: str
    moderator: str
    """The DID of whoever logs in with these."""
    labeler: str
    session_s: Annotated[float, Field(gt=0)] = 7_200.0
    page: Annotated[int, Field(ge=1, le=100)] = 100
    """How many events a page has at most, whatever is asked for."""


class OzoneFault(StrEnum):
    """What goes wrong with the next events. Looking always tells the truth."""

    NONE = "none"
    LOSE_ANSWER = "lose_answer"
    """Acts, and breaks off in the middle of the answer."""
    ACT_THEN_500 = "act_then_500"
    DO_NOTHING = "do_nothing"
    """Says yes and does nothing."""
    OTHER_WORDS = "other_words"
    """Acts, and answers with a page instead of JSON."""
    RATE_LIMIT = "rate_limit"
    UPSTREAM = "upstream"
    """The moderator's server does not reach Ozone."""
    ERROR = "error"
    """500 without acting."""
    NO_MODERATOR = "no_moderator"
    PROTECTED = "protected"
    """A tag on the target protects it from this moderator."""
    HANG = "hang"


class Posted(Model):
    uri: str
    cid: str


class Joined(Model):
    did: str


class Summary(Model):
    happenings: tuple[str, ...]
    doubled: tuple[str, ...]
    logins: int
    refused_logins: int


def app(settings: OzoneSimulatorSettings, *, clock: Clock | None = None) -> FastAPI:
    ozone = _Ozone(settings, clock or (lambda: datetime.now(UTC)))
    served = FastAPI(title="Simulated Ozone", docs_url=None, redoc_url=None)
    add = served.add_api_route
    add("/xrpc/com.atproto.server.createSession", ozone.log_in, methods=["POST"])
    add("/xrpc/tools.ozone.moderation.emitEvent", ozone.emit, methods=["POST"])
    add("/xrpc/tools.ozone.moderation.queryEvents", ozone.events, methods=["GET"])
    add("/xrpc/tools.ozone.moderation.getRecord", ozone.record, methods=["GET"])
    add("/xrpc/tools.ozone.moderation.getRepo", ozone.repo, methods=["GET"])
    add("/simulator/records", ozone.post, methods=["POST"])
    add("/simulator/accounts", ozone.join, methods=["POST"])
    add("/simulator/events", ozone.by_hand, methods=["POST"])
    add("/simulator/summary", ozone.summary, methods=["GET"])
    add("/healthz", healthz, methods=["GET"])
    served.include_router(ozone.faults.router())
    served.add_exception_handler(Refused, _refused)
    return served


class _Ozone:
    def __init__(self, settings: OzoneSimulatorSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._registry = Registry()
        self._sessions: dict[str, datetime] = {}
        self._refused_logins = 0
        self.faults = Faults(OzoneFault)

    async def log_in(self, asked: dict[str, str]) -> dict[str, str]:
        if (asked.get("identifier"), asked.get("password")) != (
            self._settings.identifier,
            self._settings.password,
        ):
            self._refused_logins += 1
            raise Refused(401, "AuthenticationRequired")
        token = f"session-{len(self._sessions) + 1}"
        self._sessions[token] = self._clock() + timedelta(seconds=self._settings.session_s)
        return {
            "accessJwt": token,
            "refreshJwt": f"again-{token}",
            "handle": self._settings.identifier,
            "did": self._settings.moderator,
        }

    async def emit(self, request: Request) -> Response:
        self._check(request)
        said = await _emission(request)
        fault = self.faults.take()
        if fault is OzoneFault.HANG:
            await hang_until_gone(request)
        refusal = _refusal(fault)
        if refusal:
            return refusal
        if fault is OzoneFault.DO_NOTHING:
            return JSONResponse({"id": 0})
        answer = JSONResponse(self._registry.log(said, self._clock()).view())
        if fault is OzoneFault.ACT_THEN_500:
            raise Refused(500, "InternalServerError")
        if fault is OzoneFault.OTHER_WORDS:
            return HTMLResponse("<h1>Done</h1>")
        return broken_off() if fault is OzoneFault.LOSE_ANSWER else answer

    async def events(
        self,
        request: Request,
        subject: str,
        types: Annotated[list[str] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: int = 0,
    ) -> dict[str, JsonValue]:
        self._check(request)
        found = self._registry.about(subject, types or [])
        size = min(limit, self._settings.page)
        page: list[JsonValue] = [kept.view() for kept in found[cursor : cursor + size]]
        if cursor + size < len(found):
            return {"events": page, "cursor": str(cursor + size)}
        return {"events": page}

    async def record(self, request: Request, uri: str) -> dict[str, JsonValue]:
        """A record that is taken down is not found: its author's server no longer shows it."""
        self._check(request)
        cid = self._registry.records.get(uri)
        if cid is None or self._registry.is_taken_down(uri):
            raise Refused(400, "RecordNotFound")
        return {"uri": uri, "cid": cid, "value": {}, "moderation": {}}

    async def repo(self, request: Request, did: str) -> dict[str, JsonValue]:
        self._check(request)
        if did not in self._registry.accounts:
            raise Refused(400, "RepoNotFound")
        return {"did": did, "handle": "somebody.example", "moderation": {}}

    async def post(self, record: Posted) -> None:
        self._registry.records[record.uri] = record.cid

    async def join(self, account: Joined) -> None:
        self._registry.accounts.add(account.did)

    async def by_hand(self, request: Request) -> None:
        """What another moderator does."""
        self._registry.log(await _emission(request), self._clock())

    async def summary(self) -> Summary:
        return Summary(
            happenings=tuple(
                f"{kept.said.event.type.rpartition('#')[2]} {kept.about}"
                for kept in self._registry.events
            ),
            doubled=tuple(self._registry.doubled),
            logins=len(self._sessions),
            refused_logins=self._refused_logins,
        )

    def _check(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._sessions:
            raise Refused(400, "InvalidToken")
        if self._clock() >= self._sessions[token]:
            raise Refused(400, "ExpiredToken")
        if request.headers.get("atproto-proxy") != f"{self._settings.labeler}#atproto_labeler":
            raise Refused(404, "MethodNotImplemented")


async def _emission(request: Request) -> SaidEmission:
    try:
        return SaidEmission.model_validate_json(await request.body())
    except ValidationError:
        raise Refused(400, "InvalidRequest") from None


def _refusal(fault: OzoneFault) -> Response | None:
    match fault:
        case OzoneFault.RATE_LIMIT:
            return _problem(429, "RateLimitExceeded", {"Retry-After": "7"})
        case OzoneFault.UPSTREAM:
            return _problem(502, "UpstreamFailure")
        case OzoneFault.ERROR:
            return _problem(500, "InternalServerError")
        case OzoneFault.NO_MODERATOR:
            return _problem(401, "AuthenticationRequired")
        case OzoneFault.PROTECTED:
            return _problem(400, "InvalidRequest")
        case _:
            return None


def _problem(status: int, name: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": name, "message": "refused"}, status_code=status, headers=headers)


async def _refused(_request: Request, error: Exception) -> Response:
    status, name = error.args
    return _problem(status, name)
