"""What somebody's work does to them: what they looked at, and breaks."""

from fastapi import APIRouter, Request

from casework.care import Break
from gateway.care import BreakBody, Care, Mine
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.who import DESK, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["me"])


@router.get("/me", openapi_extra=open_to(DESK, "reads"), responses=documented(401, 403, 429, 503))
async def show_my_load(request: Request, caller: Caller) -> Mine:
    """How much you looked at by severity and harm, and what that keeps from you."""
    return await Care(doors_of(request)).mine(caller)


@router.post(
    "/me/break",
    status_code=201,
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 413, 422, 429, 503),
)
async def take_a_break(request: Request, caller: Caller, body: BreakBody) -> Break:
    """Have nothing served to you for so long. What you hold stays yours; another replaces it."""
    return await Care(doors_of(request)).begin_break(caller, body.minutes)


@router.post(
    "/me/break/end",
    status_code=204,
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 409, 422, 429, 503),
)
async def end_my_break(request: Request, caller: Caller) -> None:
    """Go on before the time is over. A break that is asked of you cannot be ended."""
    await Care(doors_of(request)).end_break(caller)
