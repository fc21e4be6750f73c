"""What people do at a simulated Coop: they see the jobs there, and act on them.

A program for tests and for trying by hand; a real Coop has a console for it.
"""

import asyncio
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import Field, JsonValue

from casework.base import Model
from integrations.coop.simulator import CoopSimulator, Signer, action_body
from integrations.pages import page, paragraph, table

_PATIENCE = timedelta(seconds=30)
_RETRIES = 5
_FIRST_PAUSE = timedelta(milliseconds=5)


class Delivery(StrEnum):
    """How Coop calls us.

    Source: Coop, docs/api/actions.md ("retried up to five times") and, where it says otherwise,
    server/rule_engine/ActionPublisher.ts, which gives up after the first call.
    """

    ONCE = "once"
    RETRIED = "retried"
    """As its documents say: five times more when nobody answers, or with a 5xx."""
    TWICE = "twice"
    NEVER = "never"
    """The call is lost, and nobody there knows."""
    FORGED = "forged"
    """Signed by somebody else."""
    BY_A_RULE = "by_a_rule"
    """No person did it."""


class Act(Model):
    """What a moderator does with a job. `action` is the id of one of Coop's actions."""

    action: Annotated[str, Field(min_length=1)]
    reason: str | None = "seen by a moderator there"
    note: str | None = None
    """What they may write when they act on an item outside of a job."""
    email: str = "moderator@coop.example"
    delivery: Delivery = Delivery.ONCE


class Called(Model):
    """How we answered a call; no status where nobody did."""

    status: int | None
    body: JsonValue = None


class Moderators:
    def __init__(
        self, coop: CoopSimulator, signer: Signer, callback: str, http: httpx.AsyncClient
    ) -> None:
        self._coop = coop
        self._signer = signer
        self._callback = callback
        self._http = http

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/simulator/jobs", self.jobs, methods=["GET"])
        router.add_api_route("/simulator/jobs/{item}", self.act, methods=["POST"])
        router.add_api_route("/", self.page, methods=["GET"], response_class=HTMLResponse)
        return router

    async def jobs(self) -> dict[str, JsonValue]:
        """What is to be decided there, by the item's id."""
        return {item: dict(data) for item, data in self._coop.items.items()}

    async def act(self, item: str, act: Act) -> list[Called]:
        """Act on a job, and call us. What we answered to each call."""
        if item not in self._coop.jobs:
            raise HTTPException(HTTPStatus.NOT_FOUND, "no such job")
        body = _told(item, act)
        signer = Signer() if act.delivery is Delivery.FORGED else self._signer
        match act.delivery:
            case Delivery.NEVER:
                return []
            case Delivery.TWICE:
                return [await self._call(body, signer) for _ in range(2)]
            case Delivery.RETRIED:
                return await self._persistently(body, signer)
            case _:
                return [await self._call(body, signer)]

    async def page(self) -> str:
        rows = [
            (item, data.get("harm", ""), data.get("text", ""), data.get("dueAt", ""))
            for item, data in self._coop.items.items()
        ]
        return page(
            "Simulated Coop",
            paragraph("A moderator acts by POST /simulator/jobs/<job> with an action's id."),
            table("Jobs", ("job", "harm", "text", "due"), rows),
        )

    async def _persistently(self, body: bytes, signer: Signer) -> list[Called]:
        calls = [await self._call(body, signer)]
        while _failed(calls[-1]) and len(calls) <= _RETRIES:
            await asyncio.sleep(_FIRST_PAUSE.total_seconds() * 2 ** (len(calls) - 1))
            calls.append(await self._call(body, signer))
        return calls

    async def _call(self, body: bytes, signer: Signer) -> Called:
        try:
            answer = await self._http.post(
                self._callback,
                content=body,
                headers=signer.headers(body),
                timeout=_PATIENCE.total_seconds(),
            )
        except httpx.TransportError:
            return Called(status=None)
        is_json = "json" in answer.headers.get("content-type", "")
        return Called(status=answer.status_code, body=answer.json() if is_json else answer.text)


def _told(item: str, act: Act) -> bytes:
    email = None if act.delivery is Delivery.BY_A_RULE else act.email
    return action_body(
        item, act.action, actorEmail=email, decisionReason=act.reason, actorNote=act.note
    )


def _failed(call: Called) -> bool:
    return call.status is None or call.status >= HTTPStatus.INTERNAL_SERVER_ERROR
