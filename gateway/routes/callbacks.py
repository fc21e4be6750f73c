"""POST /v1/callbacks/{integration}: vendors that call back, signed as Standard Webhooks."""

import hashlib

from fastapi import APIRouter, Request, Response

from casework.errors import NotFound
from gateway.answers import Requested
from gateway.door import replay
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.rates import Rates
from gateway.reading import CappedRequest

router = APIRouter(prefix="/v1", tags=["callbacks"])


@router.post(
    "/callbacks/{integration}",
    status_code=202,
    response_model=Requested,
    openapi_extra={"x-roles": [], "x-quota": "callbacks", "security": []},
    responses=documented(401, 404, 409, 413, 422, 429, 503),
)
async def take_a_callback(request: Request, integration: str) -> Response:
    """Genuine within five minutes of its timestamp; the same `webhook-id` again does nothing."""
    doors = doors_of(request)
    callback = doors.callbacks.get(integration)
    if callback is None:
        raise NotFound("no such integration")
    rates: Rates = request.app.state.rates
    rates.count(integration, "callbacks", doors.settings.quotas.callbacks)
    body = await CappedRequest(request.scope, request.receive, doors.settings).body()
    message_id = callback.verify(request.headers, body, now=doors.clock())
    caller, digest = f"callback:{integration}", hashlib.sha256(body).digest()
    books = doors.store.idempotency
    seen = await books.remember(caller, message_id[:255], digest)
    if seen is not None:
        return replay(seen)
    taken = False
    said = Requested(status="received").model_dump_json().encode()
    try:
        await callback.take(message_id, body)
        await books.keep(caller, message_id[:255], digest, 202, said, _JSON)
        taken = True
    finally:
        if not taken:
            await books.drop(caller, message_id[:255])
    return Response(said, 202, media_type="application/json")


_JSON = {"content-type": "application/json"}
