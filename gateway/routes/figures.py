"""How the desks are doing, for whoever plans them and for other systems' boards."""

from fastapi import APIRouter, Request

from gateway.door import Door
from gateway.live import Live, figures_for
from gateway.problems import documented
from gateway.who import OVERSIGHT, Caller, open_to
from storage.figures import Figures

router = APIRouter(prefix="/v1", route_class=Door, tags=["reviews"])


@router.get(
    "/desk/figures",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 429, 503),
)
async def figures_of_the_desk(request: Request, caller: Caller, queue: str = "") -> Figures:
    """What is due when, what came and was decided in each five minutes of the last eight hours,
    and how long reviews waited for their first claim. At most ten seconds old."""
    live: Live = request.app.state.live
    return figures_for(caller, await live.figures(), queue)
