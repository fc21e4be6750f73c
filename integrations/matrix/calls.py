"""Requests to a homeserver: our access token, and what a refusal means."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from casework.errors import CaseworkError, Gone, Nonsense, TurnedDown, Unavailable
from integrations.addresses import below
from integrations.http import LONGEST_WAIT, Outbound, Reply, Request, wait_named, with_json
from integrations.matrix.settings import MatrixSettings
from integrations.matrix.wire import Refusal, WhoAmI
from integrations.standing import Impossible

Shape = TypeVar("Shape", bound=BaseModel)

ADMIN: Final = ("_synapse", "admin", "v1")
CLIENT: Final = ("_matrix", "client", "v3")

_MEANINGFUL: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_NOT_FOUND: Final = "M_NOT_FOUND"
"""`errcode` of a 404 that is about what was asked for. Any other 404 is about the address."""


class MatrixApi:
    """Every call raises:

    Unavailable: no answer, 5xx, 429 with the wait it names, or a token that is not known (any
        more): that is no verdict on the action, and ends when somebody gives us a new one.
    Impossible: an id that is none of this homeserver's.
    TurnedDown: any other refusal.
    Gone: what was asked about is not there.
    """

    def __init__(
        self,
        http: Outbound,
        settings: MatrixSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._base = settings.base_url
        self._token = settings.access_token
        self._clock = clock
        self._account: str | None = None

    async def read(
        self, path: tuple[str, ...], shape: type[Shape], query: Mapping[str, str] | None = None
    ) -> Shape:
        """Raises as above; Nonsense for an answer in another format."""
        request = self._request(path)
        if query:
            request = request.model_copy(update={"url": f"{request.url}?{urlencode(query)}"})
        return self._judged(await self._http.get(request)).parsed_as(shape)

    async def whoami(self) -> str:
        """The account we act through, asked for once. Raises as `read`."""
        if self._account is None:
            self._account = (await self.read((*CLIENT, "account", "whoami"), WhoAmI)).user_id
        return self._account

    async def put(self, path: tuple[str, ...], body: BaseModel) -> Reply | None:
        """Raises as above; see `_ordered`."""
        content = body.model_dump_json(by_alias=True, exclude_none=True).encode()
        return await self._ordered(self._http.put(with_json(self._request(path), content)))

    async def post(self, path: tuple[str, ...]) -> Reply | None:
        """Raises as above; see `_ordered`."""
        return await self._ordered(self._http.post(with_json(self._request(path), b"{}")))

    async def delete(self, path: tuple[str, ...]) -> Reply | None:
        """Raises as above; see `_ordered`."""
        return await self._ordered(self._http.delete(self._request(path)))

    async def _ordered(self, answer: Awaitable[Reply]) -> Reply | None:
        """None where the homeserver took it and what it said is of no use: too long or broken off.
        It does not matter, since nothing but the read-back counts."""
        try:
            return self._judged(await answer)
        except Nonsense:
            return None

    def _request(self, path: tuple[str, ...]) -> Request:
        return Request(
            url=below(self._base, *path),
            headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
            accepts=_MEANINGFUL,
        )

    def _judged(self, reply: Reply) -> Reply:
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        raise self._refusal(reply, _told(reply))

    def _refusal(self, reply: Reply, told: Refusal) -> CaseworkError:
        said = f"the homeserver answered {reply.status} {_printable(told.errcode)}".rstrip()
        if reply.status == HTTPStatus.NOT_FOUND and told.errcode == _NOT_FOUND:
            return Gone("the homeserver has no such thing")
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Unavailable(said, retry_after=self._wait(reply, told))
        if reply.status == HTTPStatus.BAD_REQUEST:
            return Impossible(said)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            return Unavailable(f"{said}: it does not take our access token")
        return TurnedDown(said)

    def _wait(self, reply: Reply, told: Refusal) -> timedelta | None:
        """Source: client-server API, "Rate limiting": the header, or `retry_after_ms` (deprecated,
        and all that older servers send)."""
        named = wait_named(reply.headers.get("retry-after"), now=self._clock())
        if named is not None or told.retry_after_ms is None:
            return named
        return timedelta(
            milliseconds=min(told.retry_after_ms, LONGEST_WAIT / timedelta(milliseconds=1))
        )


def _told(reply: Reply) -> Refusal:
    """A refusal nobody can read is still a refusal, of no particular kind."""
    try:
        return reply.parsed_as(Refusal)
    except Nonsense:
        return Refusal()


def _printable(errcode: str) -> str:
    return errcode if re.fullmatch(r"[A-Z_.]{1,60}", errcode) else ""
