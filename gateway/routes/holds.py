"""Holds: what is parked, by whom, and how much waits."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from casework.base import Model
from casework.holds import Hold, HoldOn
from casework.words import HoldKind
from gateway.answers import Words
from gateway.door import Door
from gateway.doors import doors_of
from gateway.holding import Holding
from gateway.problems import documented
from gateway.who import ON_CALL, OVERSIGHT, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["holds"])


class HoldBody(Model):
    """`target`: a detector's name, a harm, each with or without `@version`; a kind of action; left
    out for `everything`."""

    kind: HoldKind
    target: str = ""
    reason: Words


class LiftBody(Model):
    reason: Words


class Holds(Model):
    items: tuple[Hold, ...]
    next: None = None


class Which(StrEnum):
    STANDING = "standing"
    LIFTED = "lifted"


@router.get(
    "/holds", openapi_extra=open_to(OVERSIGHT, "reads"), responses=documented(401, 403, 429, 503)
)
async def list_holds(request: Request, which: Annotated[Which, Query()] = Which.STANDING) -> Holds:
    """Those that stand, the oldest first, with what each one parks; or the 50 lifted last."""
    book = doors_of(request).store.holds
    found = await book.standing() if which is Which.STANDING else await book.lifted()
    return Holds(items=found)


@router.post(
    "/holds",
    status_code=201,
    openapi_extra=open_to(ON_CALL, "writes"),
    responses=documented(401, 403, 409, 413, 422, 429, 503),
)
async def set_a_hold(request: Request, response: Response, caller: Caller, body: HoldBody) -> Hold:
    """Park what it is on, until it is lifted. The same hold again is the one that stands."""
    on = HoldOn.asked(body.kind, body.target)
    hold = await Holding(doors_of(request)).set(caller, on, body.reason)
    response.headers["Location"] = f"/v1/holds/{hold.hold_id}"
    return hold


@router.get(
    "/holds/{hold_id}",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def show_a_hold(request: Request, hold_id: str) -> Hold:
    return await doors_of(request).store.holds.hold(hold_id)


@router.delete(
    "/holds/{hold_id}",
    openapi_extra=open_to(ON_CALL, "writes"),
    responses=documented(401, 403, 404, 422, 429, 503),
)
async def lift_a_hold(
    request: Request, caller: Caller, hold_id: str, body: LiftBody | None = None
) -> Hold:
    """Let go on what it parks. Lifting twice changes nothing."""
    reason = body.reason if body else ""
    return await Holding(doors_of(request)).lift(caller, hold_id, reason)
