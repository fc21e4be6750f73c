"""Where an account stands."""

from fastapi import APIRouter, Request

from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.who import OVERSIGHT, Caller, open_to
from storage.standing_reads import AccountStanding

router = APIRouter(prefix="/v1", route_class=Door, tags=["accounts"])


@router.get(
    "/accounts/{account_id:path}/standing",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def show_a_standing(request: Request, caller: Caller, account_id: str) -> AccountStanding:
    """Strikes with their weight, what rests on them, and the next rung of each ladder."""
    return await doors_of(request).store.standings.of(account_id, caller.harms)
