"""HTTP to other people's systems. The only module that knows httpx.

A plain client accepted empty bodies, `NaN` (and `nan > 0.9` is False), errors with status 200 and
a redirect to an internal port; a gzip bomb of 146 kB took it to 337 MB, and no timeout of its own
ended an answer that dripped. Everything here exists because of one of these.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self, TypeVar

import httpx
from pydantic import BaseModel, Field, JsonValue, ValidationError

from casework.base import Model
from casework.errors import Nonsense, TurnedDown, Unavailable
from integrations.bodies import read_capped
from integrations.strict_json import DEEPEST, DEPTH_CAP, read_json

Shape = TypeVar("Shape", bound=BaseModel)

LONGEST_WAIT = timedelta(hours=1)
"""A longer wait named by the other side is cut to this, lest one bad header parks us for a year."""


_FOR_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""The two refusals that say "later" and not "no"."""


class Limits(Model):
    """What a call may cost.

    `deadline` is the total for one call, from the first byte sent to the last one read.
    `body_cap` counts bytes after decompression. `ca_file` replaces the built-in authorities, for
    systems with a private one; verification itself cannot be switched off.
    """

    deadline: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(minutes=5))] = timedelta(
        seconds=10
    )
    body_cap: Annotated[int, Field(gt=0)] = 1024 * 1024
    depth_cap: Annotated[int, Field(gt=0, le=DEEPEST)] = DEPTH_CAP
    ca_file: Path | None = None


class Reply(Model):
    """An answer that came in time, in size, and with a status the caller expects."""

    status: int
    body: bytes
    headers: Mapping[str, str] = Field(default_factory=dict)
    """By names in lower case; of a repeated one all values, parted by commas."""
    depth_cap: int = DEPTH_CAP

    def json_value(self) -> JsonValue:
        """Raises Nonsense; see `read_json`."""
        return read_json(self.body, depth_cap=self.depth_cap)

    def parsed_as(self, shape: type[Shape]) -> Shape:
        """Raises Nonsense, naming the field of ours that does not fit and nothing of theirs."""
        self.json_value()
        try:
            return shape.model_validate_json(self.body)
        except ValidationError as error:
            places = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
            known = sorted(places & shape.model_fields.keys())
            raise Nonsense(f"not the agreed format at: {', '.join(known) or 'the top'}") from None


class Request(Model):
    """What is sent. `accepts` are the refusals that mean something to the caller: they come back
    as a reply instead of an error. `connect_to` is the address to connect to in place of what the
    host's name means by then; the certificate still has to be the host's."""

    url: str
    content: bytes = b""
    headers: Mapping[str, str] = Field(default_factory=dict)
    accepts: frozenset[HTTPStatus] = frozenset()
    connect_to: str | None = None


class Outbound:
    """Makes calls with a total deadline, a body cap, TLS verified, no redirects and no proxies
    from the environment. Owns its connections: use it as a context manager, or `aclose` it.

    Every call raises:
        Unavailable: no connection, no complete answer within the deadline, a 5xx, 429 or 408; with
            the wait that `Retry-After` names.
        TurnedDown: a redirect or any other 4xx.
        Nonsense: a body over the cap or one that does not decompress.
    Messages name the host and the status and nothing else: URLs may hold secrets and account ids,
    bodies may hold content.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=_authorities(self._limits.ca_file),
            follow_redirects=False,
            trust_env=False,
            timeout=self._limits.deadline.total_seconds(),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": "casework",
            },
        )

    async def get(self, request: Request) -> Reply:
        return await self._call("GET", request)

    async def post(self, request: Request) -> Reply:
        return await self._call("POST", request)

    async def put(self, request: Request) -> Reply:
        return await self._call("PUT", request)

    async def patch(self, request: Request) -> Reply:
        return await self._call("PATCH", request)

    async def delete(self, request: Request) -> Reply:
        return await self._call("DELETE", request)

    async def post_json(self, request: Request, body: BaseModel) -> Reply:
        """POST `body` without its unset optional parts (those that are None)."""
        return await self.post(with_json(request, json_bytes(body)))

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _call(self, method: str, request: Request) -> Reply:
        host = _host(request.url)
        async with (
            _as_our_errors(host),
            asyncio.timeout(self._limits.deadline.total_seconds()),
            self._sent(method, request) as answer,
        ):
            self._refuse(host, answer, request.accepts)
            encoding = answer.headers.get("content-encoding", "").strip().lower()
            body = await read_capped(_raw(answer), encoding=encoding, cap=self._limits.body_cap)
        return Reply(
            status=answer.status_code,
            body=body,
            headers=dict(answer.headers),
            depth_cap=self._limits.depth_cap,
        )

    def _sent(self, method: str, request: Request) -> AbstractAsyncContextManager[httpx.Response]:
        url, headers, extensions = httpx.URL(request.url), dict(request.headers), {}
        if request.connect_to is not None:
            headers["Host"] = url.netloc.decode("ascii")
            extensions = {"sni_hostname": url.host}
            url = url.copy_with(host=request.connect_to)
        return self._client.stream(
            method, url, content=request.content, headers=headers, extensions=extensions
        )

    def _refuse(self, host: str, answer: httpx.Response, accepts: frozenset[HTTPStatus]) -> None:
        status = answer.status_code
        if answer.is_success or status in accepts:
            return
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _FOR_NOW:
            wait = wait_named(answer.headers.get("retry-after"), now=self._clock())
            raise Unavailable(f"{host} answered {status}", retry_after=wait)
        raise TurnedDown(f"{host} answered {status}")


def json_bytes(body: BaseModel) -> bytes:
    """The exact bytes that are signed and sent."""
    return body.model_dump_json(exclude_none=True).encode()


def with_json(request: Request, content: bytes) -> Request:
    """The same request with a JSON body."""
    headers = {"Content-Type": "application/json", **request.headers}
    return request.model_copy(update={"headers": headers, "content": content})


def wait_named(header: str | None, *, now: datetime) -> timedelta | None:
    """What a `Retry-After` asks for, 0 to `LONGEST_WAIT`; None when it cannot be read.

    Source: RFC 9110, 10.2.3: whole seconds or an HTTP date.
    """
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        wait = timedelta(seconds=int(header))
    else:
        try:
            then = parsedate_to_datetime(header)
        except ValueError:
            return None
        wait = (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), LONGEST_WAIT)


_UNSENDABLE = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    UnicodeEncodeError,  # a header that is not ASCII
)


@asynccontextmanager
async def _as_our_errors(host: str) -> AsyncIterator[None]:
    """Causes are cut off: what httpx quotes of a broken answer may be a user's words."""
    try:
        yield
    except TimeoutError:
        raise Unavailable(f"{host} gave no complete answer in time") from None
    except _UNSENDABLE as error:
        raise TurnedDown(f"no such call can be made: {type(error).__name__}") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise Unavailable(f"{host} is not answering: {type(error).__name__}") from None


async def _raw(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The bytes as they came: httpx would unpack a whole chunk, however large it turns out."""
    stream = answer.stream
    if isinstance(stream, httpx.AsyncByteStream):
        async for chunk in stream:
            yield chunk


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "nowhere"
    except httpx.InvalidURL:
        return "nowhere"


def _authorities(ca_file: Path | None) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
