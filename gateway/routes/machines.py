"""What machines ask: are you alive, are you ready, how is it going."""

import asyncio
import secrets
from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from casework.errors import CaseworkError, Unavailable
from gateway.answers import Health
from gateway.doors import Doors, doors_of
from gateway.metrics import Metrics

router = APIRouter(tags=["machines"])
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
async def alive() -> Health:
    """The process answers. Nothing else is asked."""
    return Health(status="ok")


@router.get(
    "/readyz",
    response_model=Health,
    responses={503: {"model": Health, "description": "Something this needs is not answering."}},
)
async def ready(request: Request) -> JSONResponse:
    """Whether a detection could be taken in now: the database takes a write, Temporal answers."""
    doors = doors_of(request)
    within = doors.settings.ready_within.total_seconds()
    database, temporal = await asyncio.gather(
        _state(_written(doors), within), _state(doors.stories.ping(), within)
    )
    is_ready = database == temporal == "ok"
    said = Health(status="ready" if is_ready else "not_ready", database=database, temporal=temporal)
    return JSONResponse(said.model_dump(), 200 if is_ready else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
async def metrics(request: Request) -> Response:
    """For Prometheus. Without the queues, and holds as last seen, while the database is away."""
    doors = doors_of(request)
    counted: Metrics = request.app.state.metrics
    try:
        queues = await doors.lookout.queues()
        counted.holds.show(await doors.store.holds.counts())
    except Unavailable:
        queues = ()
    return Response(counted.page(queues, doors.clock()), headers={"Content-Type": _TEXT})


async def _written(doors: Doors) -> None:
    """A row that is gone again at once."""
    books, name = doors.store.idempotency, secrets.token_hex(8)
    await books.remember("readyz", name, b"")
    await books.drop("readyz", name)


async def _state(question: Awaitable[None], within: float) -> str:
    try:
        async with asyncio.timeout(within):
            await question
    except TimeoutError:
        return "no answer in time"
    except CaseworkError as error:
        return error.code
    return "ok"
