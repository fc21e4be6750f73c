"""Requests to Ozone through the moderator's own server: its session, and what a refusal means."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from casework.errors import Nonsense, TurnedDown
from integrations.addresses import below
from integrations.http import Outbound, Reply, Request, with_json
from integrations.ozone.settings import OzoneSettings
from integrations.ozone.wire import (
    Emission,
    EventPage,
    EventType,
    EventView,
    Login,
    Problem,
    RecordView,
    Refusal,
    RepoView,
    Session,
)

Shape = TypeVar("Shape", bound=BaseModel)

_MEANINGFUL: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
)
_MODERATION: Final = "tools.ozone.moderation"
_PAGE: Final = 100
_MOST_PAGES: Final = 20

_PASSWORD_REFUSED_FOR: Final = timedelta(minutes=5)
"""How long nothing is asked after a login was refused. Servers count logins (30 in five minutes and
300 a day on Bluesky's own), and a password does not get better by trying it."""


class OzoneApi:
    """Every request is safe to repeat for whoever looks first; only one that met a session which
    had run out is sent a second time, with a new one."""

    def __init__(
        self, http: Outbound, settings: OzoneSettings, *, clock: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._session: Session | None = None
        self._logging_in = asyncio.Lock()
        self._refused_until: datetime | None = None

    async def me(self) -> str:
        """The moderator's DID. Raises as every call here:

        Unavailable: no answer, 429 with its wait, 5xx.
        TurnedDown: any refusal that has no meaning here, a refused password among them.
        Nonsense: an answer in no format of theirs.
        """
        return (await self._open()).did

    async def emit(self, emission: Emission) -> bool:
        """True when Ozone took the event; what else it says is of no use. False when it refuses it
        as bad: done before under this id, or not fitting what stands. Then look what does."""
        request = with_json(self._request("emitEvent"), emission.as_json())
        try:
            reply = await self._send(request, post=True)
        except Nonsense:
            return True
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return True
        if reply.status == HTTPStatus.BAD_REQUEST and _problem(reply):
            return False
        raise _refusal(reply)

    async def record(self, uri: str) -> RecordView | None:
        return await self._look("getRecord", Problem.NO_RECORD, RecordView, uri=uri)

    async def repo(self, did: str) -> RepoView | None:
        return await self._look("getRepo", Problem.NO_REPO, RepoView, did=did)

    async def events(self, about: str, *types: EventType) -> tuple[EventView, ...]:
        """All of these types about one record or account, the newest first."""
        found: list[EventView] = []
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            query = [
                ("subject", about),
                *(("types", each.value) for each in types),
                ("sortDirection", "desc"),
                ("limit", str(_PAGE)),
                *cursor.items(),
            ]
            reply = await self._send(self._request("queryEvents", query))
            if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise _refusal(reply)
            page = reply.parsed_as(EventPage)
            found += page.events
            if page.cursor is None or not page.events:
                return tuple(found)
            cursor = {"cursor": page.cursor}
        raise Nonsense("Ozone tells of more events than one subject can have")

    async def _look(
        self, method: str, absent: Problem, shape: type[Shape], **query: str
    ) -> Shape | None:
        reply = await self._send(self._request(method, list(query.items())))
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply.parsed_as(shape)
        if reply.status == HTTPStatus.BAD_REQUEST and _problem(reply) == absent:
            return None
        raise _refusal(reply)

    def _request(self, method: str, query: list[tuple[str, str]] | None = None) -> Request:
        url = below(self._settings.base_url, "xrpc", f"{_MODERATION}.{method}")
        return Request(url=f"{url}?{urlencode(query)}" if query else url, accepts=_MEANINGFUL)

    async def _send(self, request: Request, *, post: bool = False) -> Reply:
        session = await self._open()
        reply = await self._once(request, session, post=post)
        if _problem(reply) in (Problem.EXPIRED, Problem.INVALID_TOKEN):
            session = await self._open(instead_of=session)
            reply = await self._once(request, session, post=post)
        return reply

    async def _once(self, request: Request, session: Session, *, post: bool) -> Reply:
        headers = {
            **request.headers,
            "Authorization": f"Bearer {session.token}",
            "atproto-proxy": f"{self._settings.labeler}#atproto_labeler",
        }
        signed = request.model_copy(update={"headers": headers})
        return await (self._http.post(signed) if post else self._http.get(signed))

    async def _open(self, *, instead_of: Session | None = None) -> Session:
        """The session, or a new one; those who come together share it."""
        async with self._logging_in:
            if self._session is None or self._session is instead_of:
                self._session = await self._log_in()
            return self._session

    async def _log_in(self) -> Session:
        if self._refused_until and self._clock() < self._refused_until:
            raise TurnedDown("the server refused the moderator's password a moment ago")
        login = Login(
            identifier=self._settings.identifier,
            password=self._settings.password.get_secret_value(),
        )
        url = below(self._settings.base_url, "xrpc", "com.atproto.server.createSession")
        request = with_json(Request(url=url), login.as_json())
        try:
            reply = await self._http.post(request)
        except TurnedDown:
            self._refused_until = self._clock() + _PASSWORD_REFUSED_FOR
            raise
        return reply.parsed_as(Session)


def _problem(reply: Reply) -> str:
    """The refusal's name; empty for an answer that is none, or that cannot be read."""
    if reply.status < HTTPStatus.BAD_REQUEST:
        return ""
    try:
        return reply.parsed_as(Refusal).error
    except Nonsense:
        return ""


def _refusal(reply: Reply) -> TurnedDown:
    return TurnedDown(f"Ozone answered {reply.status}")
