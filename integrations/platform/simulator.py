"""A platform to act on, for demos and tests. Keeps its promises, unless told to break them."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field, JsonValue, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.errors import Unauthenticated
from casework.words import PlatformState
from integrations.pages import page, paragraph, table
from integrations.platform import uploads
from integrations.platform.contract import TARGET_GONE, UNKNOWN_ACTION, ActionBody
from integrations.platform.store import Effect, PlatformStore, Standing, Summary
from integrations.simulation import Faults, broken_off, hang_until_gone, healthz
from integrations.webhooks.signing import SigningKeys

_SHOWN = 200
_ROUGHNESS = 0.1


class PlatformSimulatorSettings(BaseSettings):
    """`state_file` is a SQLite file, made when missing. With `signing_keys`, every call to the
    contract's paths has to be signed with one of them."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_SIM_PLATFORM_", frozen=True, extra="forbid"
    )

    state_file: Path
    signing_keys: tuple[SecretStr, ...] = ()
    retry_after: Annotated[int, Field(ge=0)] = 1
    """Seconds, told with a 429."""


class PlatformFault(StrEnum):
    """What goes wrong with the next actions and reversals. Reading back always tells the truth,
    if it answers at all."""

    NONE = "none"
    LOSE_ANSWER = "lose_answer"
    """Acts, and breaks off in the middle of the answer."""
    ACT_THEN_500 = "act_then_500"
    DO_NOTHING = "do_nothing"
    """Says yes and does nothing."""
    FORGET_KEY = "forget_key"
    """Acts although it did before: its memory of idempotency keys has expired."""
    RATE_LIMIT = "rate_limit"
    ERROR = "error"
    """500 without acting."""
    FORBIDDEN = "forbidden"
    GONE = "gone"
    HANG = "hang"
    ROUGH = "rough"
    """The first answer about each action is lost although it acted; of all other calls, reading
    back included, one in ten fails with a 500. Idempotency keys are not remembered."""


def app(settings: PlatformSimulatorSettings) -> FastAPI:
    platform = _Platform(settings, PlatformStore(settings.state_file))
    served = FastAPI(
        title="Simulated platform", docs_url=None, redoc_url=None, lifespan=platform.lifespan
    )
    add = served.add_api_route
    add("/actions", platform.act, methods=["POST"])
    add("/actions/{action_id}", platform.show, methods=["GET"])
    add("/actions/{action_id}/revert", platform.revert, methods=["POST"])
    add("/simulator/effects", platform.effects, methods=["GET"])
    add("/simulator/summary", platform.summary, methods=["GET"])
    add("/healthz", healthz, methods=["GET"])
    add("/", platform.page, methods=["GET"], response_class=HTMLResponse)
    served.include_router(platform.faults.router())
    served.include_router(uploads.router())
    served.add_exception_handler(Unauthenticated, _unsigned)
    return served


class _Weather:
    """What a rough platform does to a call. Drawn from a fixed seed, so that a run can be redone
    call by call."""

    def __init__(self) -> None:
        self._drawn = random.Random(1)
        self._met: set[str] = set()

    def fails(self) -> bool:
        return self._drawn.random() < _ROUGHNESS

    def fault_for(self, action_id: str) -> PlatformFault:
        if action_id not in self._met:
            self._met.add(action_id)
            return PlatformFault.LOSE_ANSWER
        return PlatformFault.ERROR if self.fails() else PlatformFault.FORGET_KEY


class _Platform:
    def __init__(self, settings: PlatformSimulatorSettings, store: PlatformStore) -> None:
        secrets = [key.get_secret_value() for key in settings.signing_keys]
        self._keys = SigningKeys(secrets) if secrets else None
        self._retry_after = settings.retry_after
        self._store = store
        self._weather = _Weather()
        self.faults = Faults(PlatformFault)

    @asynccontextmanager
    async def lifespan(self, _served: FastAPI) -> AsyncIterator[None]:
        yield
        self._store.close()

    async def act(self, request: Request) -> Response:
        try:
            asked = ActionBody.model_validate_json(await self._genuine(request))
        except ValidationError:
            return _problem(422, "malformed", "")
        return await self._under_fault(
            request, asked.action_id, lambda fault: self._act(asked, fault)
        )

    async def revert(self, action_id: str, request: Request) -> Response:
        await self._genuine(request)
        return await self._under_fault(
            request, action_id, lambda fault: self._revert(action_id, fault)
        )

    async def show(self, action_id: str, request: Request) -> Response:
        await self._genuine(request)
        if self.faults.current.mode == PlatformFault.ROUGH and self._weather.fails():
            return _problem(500, "internal", action_id)
        standing = self._store.find(action_id)
        if standing is None:
            return _problem(404, UNKNOWN_ACTION, action_id)
        asked = ActionBody.model_validate_json(standing.asked)
        told = {"kind", "item", "account"}
        return _state(200, action_id, standing.state, **asked.model_dump(include=told, mode="json"))

    async def effects(
        self, action_id: str | None = None, target: str | None = None
    ) -> list[Effect]:
        return self._store.effects(action_id=action_id, target=target)

    async def summary(self) -> Summary:
        return self._store.summary()

    async def page(self) -> str:
        return _page(self._store)

    async def _genuine(self, request: Request) -> bytes:
        body = await request.body()
        if self._keys:
            self._keys.verify(dict(request.headers), body, now=datetime.now(UTC))
        return body

    async def _under_fault(
        self, request: Request, action_id: str, work: Callable[[PlatformFault], Response]
    ) -> Response:
        fault = self.faults.take()
        if fault is PlatformFault.ROUGH:
            fault = self._weather.fault_for(action_id)
        if fault is PlatformFault.HANG:
            await hang_until_gone(request)
        refusal = self._refusal(fault, action_id)
        if refusal:
            return refusal
        done = work(fault)
        if fault is PlatformFault.ACT_THEN_500:
            return _problem(500, "internal", action_id)
        return broken_off() if fault is PlatformFault.LOSE_ANSWER else done

    def _refusal(self, fault: PlatformFault, action_id: str) -> Response | None:
        if fault is PlatformFault.RATE_LIMIT:
            refusal = _problem(429, "too_many", action_id)
            refusal.headers["Retry-After"] = str(self._retry_after)
            return refusal
        if fault is PlatformFault.ERROR:
            return _problem(500, "internal", action_id)
        if fault is PlatformFault.FORBIDDEN:
            return _problem(403, "forbidden", action_id)
        if fault is PlatformFault.GONE:
            return _problem(404, TARGET_GONE, action_id)
        return None

    def _act(self, asked: ActionBody, fault: PlatformFault) -> Response:
        standing = self._store.find(asked.action_id)
        if standing and fault is not PlatformFault.FORGET_KEY:
            if standing.asked != asked.model_dump_json(exclude_none=True):
                return _problem(409, "conflict", asked.action_id)
            return _state(200, asked.action_id, standing.state)
        if fault is not PlatformFault.DO_NOTHING:
            self._store.apply(asked, _target(asked), time.time())
        return _state(201, asked.action_id, PlatformState.APPLIED)

    def _revert(self, action_id: str, fault: PlatformFault) -> Response:
        standing = self._store.find(action_id)
        if standing is None:
            return _problem(404, UNKNOWN_ACTION, action_id)
        if standing.state is PlatformState.APPLIED and fault is not PlatformFault.DO_NOTHING:
            self._store.revert(standing, time.time())
        return _state(200, action_id, PlatformState.REVERTED)


def _target(asked: ActionBody) -> str:
    if asked.kind.acts_on_account:
        return f"account:{asked.account.id}"
    return f"{asked.item.type}:{asked.item.id}"


def _state(status: int, action_id: str, state: PlatformState, **more: JsonValue) -> Response:
    said = {"action_id": action_id, "state": state.value, **more}
    return JSONResponse(said, status_code=status)


def _problem(status: int, code: str, action_id: str) -> Response:
    return JSONResponse(
        {"code": code, "action_id": action_id},
        status_code=status,
        media_type="application/problem+json",
    )


async def _unsigned(_request: Request, _error: Exception) -> Response:
    return _problem(401, "bad_signature", "")


def _page(store: PlatformStore) -> str:
    summary = store.summary()
    standings = store.latest_standings(_SHOWN)
    on_accounts = [standing for standing in standings if standing.target.startswith("account:")]
    on_items = [standing for standing in standings if standing not in on_accounts]
    return page(
        "Simulated platform",
        paragraph(
            f"{summary.applied} actions in force, {summary.reverted} undone, "
            f"{len(summary.doubled_actions)} that happened twice."
        ),
        table("Accounts", ("account", "in force", "undone"), _by_target(on_accounts)),
        table("Items", ("item", "in force", "undone"), _by_target(on_items)),
        table(
            f"Latest effects (at most {_SHOWN})",
            ("time (UTC)", "change", "kind", "target", "action"),
            (
                (_clock(e.at), e.change, e.kind, e.target, e.action_id)
                for e in store.latest_effects(_SHOWN)
            ),
        ),
    )


def _by_target(standings: list[Standing]) -> list[tuple[str, str, str]]:
    targets: dict[str, list[Standing]] = {}
    for standing in standings:
        targets.setdefault(standing.target, []).append(standing)
    return [
        (target, _kinds(held, PlatformState.APPLIED), _kinds(held, PlatformState.REVERTED))
        for target, held in targets.items()
    ]


def _kinds(held: list[Standing], state: PlatformState) -> str:
    return ", ".join(standing.kind for standing in held if standing.state is state)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
