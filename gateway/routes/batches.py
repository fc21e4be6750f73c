"""POST /v1/detections/batch: newline-delimited JSON in, an answer per line out."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import structlog
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from casework.errors import Malformed, TooLarge
from casework.records import Person
from gateway.answers import BatchLine
from gateway.batch import Batch, is_final
from gateway.door import Gate, idempotency_key, replay
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.settings import GatewaySettings
from gateway.who import DETECTORS, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Gate, tags=["detections"])
NDJSON = "application/x-ndjson"
_TAKES = {
    "requestBody": {
        "required": True,
        "description": "A detection a line.",
        "content": {NDJSON: {"schema": {"$ref": "#/components/schemas/Detection"}}},
    }
}
_log = structlog.get_logger("gateway")


@router.post(
    "/detections/batch",
    status_code=202,
    response_class=Response,
    openapi_extra=open_to(DETECTORS, "writes") | _TAKES,
    responses=documented(401, 403, 409, 413, 422, 429)
    | {
        202: {
            "description": "An answer a line, in the order of the lines.",
            "content": {NDJSON: {"schema": {"$ref": "#/components/schemas/BatchLine"}}},
        }
    },
)
async def report_many_detections(request: Request, caller: Caller) -> Response:
    """Each line is stored or refused for itself, and answered as soon as that is known.

    With an Idempotency-Key the answers come together, when all lines are read.
    """
    settings = doors_of(request).settings
    state = request.app.state
    batch = Batch(doors_of(request), state.metrics, state.rates, caller)
    chunks = _capped(request, settings)
    key = idempotency_key(request)
    if key is None:
        return _Answers(batch.answers(chunks))
    return await _once(request, caller, key, batch, b"".join([chunk async for chunk in chunks]))


async def _once(request: Request, person: Person, key: str, batch: Batch, body: bytes) -> Response:
    books = doors_of(request).store.idempotency
    digest = hashlib.sha256(b"batch\0" + body).digest()
    stored = await books.remember(person.id, key, digest)
    if stored is not None:
        return replay(stored)
    answers: list[BatchLine] = []
    try:
        answers = [line async for line in batch.answers(_whole(body))]
    finally:
        if not answers or not all(is_final(line) for line in answers):
            await books.drop(person.id, key)
            key = ""
    text = b"".join(map(_written, answers))
    if key:
        await books.keep(person.id, key, digest, 202, text, {"content-type": NDJSON})
    return Response(text, 202, media_type=NDJSON)


class _Answers(Response):
    """Sends answers while lines are still being read.

    Reading never waits for a caller who sends everything before looking at an answer: what it has
    not taken yet waits here, at most a line for every line of the batch.
    """

    def __init__(self, lines: AsyncIterator[BatchLine]) -> None:
        super().__init__(status_code=202, media_type=NDJSON)
        self._lines = lines

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        ready: asyncio.Queue[bytes | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as together:
            together.create_task(self._read(ready))
            text = await ready.get()
            headers = [
                (name, value) for name, value in self.raw_headers if name != b"content-length"
            ]
            await send({"type": "http.response.start", "status": 202, "headers": headers})
            while text is not None:
                await send({"type": "http.response.body", "body": text, "more_body": True})
                text = await ready.get()
            await send({"type": "http.response.body", "body": b""})

    async def _read(self, ready: asyncio.Queue[bytes | None]) -> None:
        try:
            async for line in self._lines:
                ready.put_nowait(_written(line))
        except ClientDisconnect:
            _log.info("batch_left_unfinished")
        finally:
            ready.put_nowait(None)


async def _capped(request: Request, settings: GatewaySettings) -> AsyncIterator[bytes]:
    read = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(settings.body_patience.total_seconds()):
                chunk = await anext(stream)
        except TimeoutError:
            raise Malformed("the body took too long") from None
        except StopAsyncIteration:
            return
        read += len(chunk)
        if read > settings.batch_cap_bytes:
            raise TooLarge(f"a batch may have {settings.batch_cap_bytes} bytes")
        yield chunk


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _written(line: BatchLine) -> bytes:
    return line.model_dump_json(exclude_none=True).encode() + b"\n"
