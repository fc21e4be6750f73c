"""How people judge, and golden cases."""

from fastapi import APIRouter, Request

from casework.base import Model, Moment
from casework.golden import Golden
from gateway.door import Door
from gateway.doors import doors_of
from gateway.golden import GoldenBody, GoldenDesk
from gateway.judged import MyQuality, Quality
from gateway.problems import documented
from gateway.quality import QualityDesk
from gateway.who import DESK, LEADS, QUALITY_READERS, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["quality"])


class GoldenCases(Model):
    items: tuple[Golden, ...]
    next: None = None


@router.get(
    "/quality",
    openapi_extra=open_to(QUALITY_READERS, "reads"),
    responses=documented(401, 403, 422, 429, 503),
)
async def show_how_people_judge(
    request: Request, caller: Caller, policy: str | None = None, since: Moment | None = None
) -> Quality:
    """Agreement, overturned appeals and golden cases, by policy, version and reviewer.

    `since` is 90 days ago if left out.
    """
    return await QualityDesk(doors_of(request)).figures(caller, policy, since)


@router.get(
    "/quality/me",
    openapi_extra=open_to(DESK, "reads"),
    responses=documented(401, 403, 422, 429, 503),
)
async def show_how_i_judge(
    request: Request, caller: Caller, since: Moment | None = None
) -> MyQuality:
    """The same for the caller alone, with the golden cases they answered more than a day ago."""
    return await QualityDesk(doors_of(request)).mine(caller, since)


@router.get(
    "/golden", openapi_extra=open_to(LEADS, "reads"), responses=documented(401, 403, 429, 503)
)
async def list_golden_cases(request: Request, caller: Caller) -> GoldenCases:
    """Those in your scope that are served, the newest first."""
    return GoldenCases(items=await GoldenDesk(doors_of(request)).standing(caller))


@router.post(
    "/golden",
    status_code=201,
    openapi_extra=open_to(LEADS, "writes"),
    responses=documented(401, 403, 404, 409, 413, 422, 429, 503),
)
async def mark_a_golden_case(request: Request, caller: Caller, body: GoldenBody) -> Golden:
    """Say what the right answer of a decided case is. It is then served to people now and then."""
    return await GoldenDesk(doors_of(request)).mark(caller, body)


@router.delete(
    "/golden/{golden_id}",
    openapi_extra=open_to(LEADS, "writes"),
    responses=documented(401, 403, 404, 422, 429, 503),
)
async def retire_a_golden_case(request: Request, caller: Caller, golden_id: str) -> Golden:
    """Serve it no more. What was answered still counts. Retiring twice changes nothing."""
    return await GoldenDesk(doors_of(request)).retire(caller, golden_id)
