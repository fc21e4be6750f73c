"""The HTTP side: the platform's notices, pages, and a look at all of it."""

from typing import TypeVar

from fastapi import FastAPI, HTTPException, Request, Response
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
    receiving, showing, doors = _Receiving(mailroom), _Showing(mailroom), _Switches(mailroom.doors)
    for path, take in (
        ("/notices", receiving.take_notice),
        ("/v2/enqueue", receiving.take_event),
        ("/slack", receiving.take_post),
        ("/simulator/faults", doors.switch),
    ):
        served.add_api_route(path, take, methods=["POST"])
    for path, show in (
        ("/messages", showing.messages),
        ("/pages", showing.pages),
        ("/simulator/faults", doors.show),
        ("/healthz", healthz),
    ):
        served.add_api_route(path, show, methods=["GET"])
    served.include_router(page.router(mailroom))
    return served


class _Receiving:
    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom

    async def take_notice(self, request: Request) -> Response:
        if odd := await odd_answer(self._mailroom.doors.webhook, request):
            return odd
        body = await _body(request)
        self._refuse_forgery(request, body)
        self._mailroom.letters.take_notice(_parsed(body, Notice), self._mailroom.clock())
        return Response(status_code=204)

    async def take_event(self, request: Request) -> Response:
        if odd := await odd_answer(self._mailroom.doors.pagerduty, request):
            return odd
        try:
            event = Event.model_validate_json(await _body(request))
        except ValidationError as error:
            return _invalid_event(error)
        key = self._mailroom.pages.take_event(event, self._mailroom.clock())
        answer = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(answer, status_code=202)

    async def take_post(self, request: Request) -> Response:
        if odd := await odd_answer(self._mailroom.doors.slack, request):
            return odd
        try:
            message = SlackMessage.model_validate_json(await _body(request))
        except ValidationError:
            return PlainTextResponse("invalid_payload", status_code=400)
        self._mailroom.pages.take_post(message, self._mailroom.clock())
        return PlainTextResponse("ok")

    def _refuse_forgery(self, request: Request, body: bytes) -> None:
        if self._mailroom.keys is None:
            return
        try:
            self._mailroom.keys.verify(request.headers, body, now=self._mailroom.clock())
        except Unauthenticated as error:
            raise HTTPException(401, str(error)) from None


class _Showing:
    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom

    async def messages(
        self, account: str = "", kind: str = "", via: Via | None = None
    ) -> LetterList:
        """Newest first."""
        letters = self._mailroom.letters.newest_first(account=account, kind=kind, via=via)
        return LetterList(items=letters)

    async def pages(self) -> PageList:
        """Whatever something happened to last, first."""
        return PageList(items=self._mailroom.pages.newest_first())


class _Switches:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def switch(self, order: InboxFaultOrder) -> InboxFaultState:
        return self._doors.switch(order)

    async def show(self) -> InboxFaultState:
        return self._doors.state


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


def _invalid_event(error: ValidationError) -> Response:
    errors = [
        f"'{'.'.join(str(part) for part in fault['loc']) or 'event'}' {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
    answer = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return JSONResponse(answer, status_code=400)
