"""The gateway as its callers see it. The only module here that speaks HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Self

import httpx

from casework.base import Model
from casework.errors import (
    Conflict,
    Forbidden,
    Nonsense,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from casework.words import Role
from cli.data_dir import DataDir
from cli.options import Asked

_DEADLINE_S = 60.0
"""Of one call, waits of `?wait=` included."""
_LONGEST_RETRY_S = 30.0
_FIRST_RETRY_S = 0.5
_REFUSALS: dict[int, type[Refused]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
}


class Place:
    """Which gateway, and who asks."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token

    @classmethod
    def found(cls, asked: Asked, role: Role) -> Self:
        """The one that was named; else the `casework up` of this data directory, and its
        somebody of this role.

        Raises:
            NotRunning: when nothing was named and nothing runs.
        """
        here = DataDir(asked.data)
        address = asked.url or here.running().urls["gateway"]
        return cls(address, asked.token or here.tokens()[role])


class Answer(Model):
    """What came back: a success with its body, or a refusal with its stable code."""

    status: int
    body: Any = None
    code: str = ""
    detail: str = ""
    etag: str = ""
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def may_be_repeated(self) -> bool:
        return self.status == httpx.codes.TOO_MANY_REQUESTS or self.status >= 500

    def read(self) -> Any:
        """The body of a success. Raises Refused by its branches, or Unavailable."""
        if self.is_success:
            return self.body
        said = f"{self.code}: {self.detail}"
        if self.may_be_repeated:
            raise Unavailable(said, retry_after=self.retry_after)
        raise _REFUSALS.get(self.status, Refused)(said)


class Api:
    """Calls to `/v1`. Raises Refused (by its branches) and Unavailable; never retries by itself."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def at(
        cls, place: Place, transport: httpx.AsyncBaseTransport | None = None
    ) -> AsyncIterator[Self]:
        client = httpx.AsyncClient(
            base_url=f"{place.url}/v1",
            headers={"Authorization": f"Bearer {place.token}", "User-Agent": "casework-cli"},
            timeout=_DEADLINE_S,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=32),
        )
        async with client:
            yield cls(client)

    async def get(self, path: str, **params: str | int | None) -> Any:
        given = {name: value for name, value in params.items() if value is not None}
        body = (await self._exchange("GET", path, params=given)).read()
        if body is None:
            raise Nonsense("the gateway answered nothing")
        return body

    async def pages(self, path: str, most: int, **params: str | int | None) -> list[Any]:
        """The items of a list, page after page, but no more than `most`."""
        items: list[Any] = []
        cursor: str | None = None
        while len(items) < most:
            page = await self.get(path, cursor=cursor, **params)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return items[:most]

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return (await self._exchange("POST", path, json=body if body is not None else {})).read()

    async def delete(self, path: str, body: Mapping[str, Any]) -> Any:
        return (await self._exchange("DELETE", path, json=body)).read()

    async def claim(self, queue: str) -> Answer | None:
        """The next review of a queue, with its ETag; None when there is none."""
        answer = await self._exchange("POST", f"/queues/{queue}/claim", json={})
        return answer if answer.read() is not None else None

    async def decide(self, review_id: str, etag: str, decision: Mapping[str, Any]) -> Any:
        """Under a claim, whose ETag proves it."""
        path, proof = f"/reviews/{review_id}/decision", {"If-Match": etag}
        return (await self._exchange("POST", path, json=decision, headers=proof)).read()

    async def send_patiently(self, path: str, text: bytes, give_up_after_s: float) -> Answer:
        """Post a JSON body exactly as written, again while the other side is busy or away.

        Waits as long as it asks for. Every answer but 429 and 5xx is returned.

        Raises:
            Unavailable: when it has not gone through in time.
        """
        loop, pause = asyncio.get_running_loop(), _FIRST_RETRY_S
        give_up = loop.time() + give_up_after_s
        while True:
            answer = await self._try(path, text)
            if not answer.may_be_repeated:
                return answer
            wait = answer.retry_after.total_seconds() if answer.retry_after else pause
            if loop.time() + wait > give_up:
                answer.read()
            await asyncio.sleep(min(wait, _LONGEST_RETRY_S))
            pause = min(pause * 2, _LONGEST_RETRY_S)

    async def _try(self, path: str, text: bytes) -> Answer:
        kind = {"Content-Type": "application/json"}
        try:
            return await self._exchange("POST", path, content=text, headers=kind)
        except Unavailable as error:
            return Answer(status=503, code=error.code, detail=str(error))

    async def _exchange(self, method: str, path: str, **parts: Any) -> Answer:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                return _understood(await self._client.request(method, path, **parts))
        except (httpx.TransportError, TimeoutError) as error:
            where = f"{self._client.base_url.host}:{self._client.base_url.port}"
            raise Unavailable(f"{where} does not answer ({type(error).__name__})") from None


def _understood(answer: httpx.Response) -> Answer:
    body = _parsed(answer)
    if answer.is_success:
        if body is None and answer.content:
            raise Nonsense("the gateway answered something that is not JSON")
        return Answer(status=answer.status_code, body=body, etag=answer.headers.get("ETag", ""))
    told = body if isinstance(body, dict) else {}
    return Answer(
        status=answer.status_code,
        code=str(told.get("code") or f"http_{answer.status_code}"),
        detail=_detail(told, answer.status_code),
        retry_after=_wait(answer),
    )


def _detail(told: Mapping[str, Any], status: int) -> str:
    detail = str(told.get("detail") or f"answered {status}")
    fields = [f"{one['at']}: {one['problem']}" for one in told.get("errors") or []]
    return f"{detail} ({'; '.join(fields)})" if fields else detail


def _parsed(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _wait(answer: httpx.Response) -> timedelta | None:
    named = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(named)) if named.isdecimal() else None
