"""The HTTP side: the platform's notices, pages, and a look at all of it."""

from typing import TypeVar

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ValidationError

from casework.base import Model
from casework.errors import Nonsense, Unauthenticated
from integrations.bodies import read_capped
from integrations.inbox import page
from integrations.inbox.faults import Doors, InboxFaultOrder, InboxFaultState, odd_answer
from integrations.inbox.letters import Letter, Notice, Via
from integrations.inbox.mailroom import Mailroom
from integrations.inbox.pages import Event, PagerAlert, SlackMessage, SlackPost
from integrations.simulation import healthz
from integrations.strict_json import read_json

Shape = TypeVar("Shape", bound=BaseModel)

LARGEST_BODY = 512 * 1024
"""PagerDuty's limit for an event."""


class LetterList(Model):
    items: list[Letter]


class PageList(Model):
    items: list[PagerAlert | SlackPost]


def build(mailroom: Mailroom) -> FastAPI:
    served = FastAPI(title="Simulated inbox", docs_url=None, redoc_url=None)
    for router in (
        _receiving(mailroom),
        _showing(mailroom),
        _faults(mailroom.doors),
        page.router(mailroom),
    ):
        served.include_router(router)
    served.add_api_route("/healthz", healthz, methods=["GET"])
    return served


def _receiving(mailroom: Mailroom) -> APIRouter:
    router = APIRouter()

    @router.post("/notices")
    async def take_notice(request: Request) -> Response:
        if odd := await odd_answer(mailroom.doors.webhook):
            return odd
        body = await _body(request)
        _refuse_forgery(mailroom, request, body)
        mailroom.letters.take_notice(_parsed(body, Notice), mailroom.clock())
        return Response(status_code=204)

    @router.post("/v2/enqueue")
    async def take_event(request: Request) -> Response:
        if odd := await odd_answer(mailroom.doors.pagerduty):
            return odd
        try:
            event = Event.model_validate_json(await _body(request))
        except ValidationError as error:
            return _invalid_event(error)
        key = mailroom.pages.take_event(event, mailroom.clock())
        answer = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(answer, status_code=202)

    @router.post("/slack")
    async def take_post(request: Request) -> Response:
        if odd := await odd_answer(mailroom.doors.slack):
            return odd
        try:
            message = SlackMessage.model_validate_json(await _body(request))
        except ValidationError:
            return PlainTextResponse("invalid_payload", status_code=400)
        mailroom.pages.take_post(message, mailroom.clock())
        return PlainTextResponse("ok")

    return router


def _showing(mailroom: Mailroom) -> APIRouter:
    router = APIRouter()

    @router.get("/messages")
    async def messages(account: str = "", kind: str = "", via: Via | None = None) -> LetterList:
        """Newest first."""
        return LetterList(items=mailroom.letters.newest_first(account=account, kind=kind, via=via))

    @router.get("/pages")
    async def pages() -> PageList:
        """Whatever something happened to last, first."""
        return PageList(items=mailroom.pages.newest_first())

    return router


def _faults(doors: Doors) -> APIRouter:
    router = APIRouter()

    @router.post("/simulator/faults")
    async def switch(order: InboxFaultOrder) -> InboxFaultState:
        return doors.switch(order)

    @router.get("/simulator/faults")
    async def show() -> InboxFaultState:
        return doors.state

    return router


async def _body(request: Request) -> bytes:
    try:
        encoding = request.headers.get("content-encoding", "").strip().lower()
        return await read_capped(request.stream(), encoding=encoding, cap=LARGEST_BODY)
    except Nonsense as error:
        raise HTTPException(413, str(error)) from None


def _parsed(body: bytes, shape: type[Shape]) -> Shape:
    try:
        read_json(body)
        return shape.model_validate_json(body)
    except (Nonsense, ValidationError):
        raise HTTPException(400, "not the agreed format") from None


def _refuse_forgery(mailroom: Mailroom, request: Request, body: bytes) -> None:
    if mailroom.keys is None:
        return
    try:
        mailroom.keys.verify(request.headers, body, now=mailroom.clock())
    except Unauthenticated as error:
        raise HTTPException(401, str(error)) from None


def _invalid_event(error: ValidationError) -> Response:
    errors = [
        f"'{'.'.join(str(part) for part in fault['loc']) or 'event'}' {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
    answer = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return JSONResponse(answer, status_code=400)
