"""Actions: how they stand, and what people order about them."""

from fastapi import APIRouter, Request

from casework.base import Model, Moment
from gateway.actions import ActionWork
from gateway.answers import Words
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.routes.cases import case_in_scope
from gateway.who import ORDERING, OVERSIGHT, Caller, open_to
from storage.action_reads import ActionView

router = APIRouter(prefix="/v1", route_class=Door, tags=["actions"])
_REFUSALS = documented(401, 403, 404, 409, 413, 422, 429, 503)
_ORDERS = open_to(ORDERING, "writes")


class Actions(Model):
    items: tuple[ActionView, ...]
    next: None = None


class Reason(Model):
    """Why, for colleagues: kept sealed and never sent."""

    reason: Words


class NewEnd(Reason):
    """`ends_at` lies ahead: later extends, sooner shortens."""

    ends_at: Moment


@router.get(
    "/cases/{case_id}/actions",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def list_actions(request: Request, caller: Caller, case_id: str) -> Actions:
    """Every action of a case, oldest first."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    return Actions(items=await doors.store.action_reads.of_case(case_id))


@router.get(
    "/actions/{action_id}",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def show_an_action(request: Request, caller: Caller, action_id: str) -> ActionView:
    """How an action stands, and in `may` what can be ordered about it now."""
    return await ActionWork(doors_of(request)).look(caller, action_id)


@router.post("/actions/{action_id}/reschedule", openapi_extra=_ORDERS, responses=_REFUSALS)
async def move_its_end(
    request: Request, caller: Caller, action_id: str, order: NewEnd
) -> ActionView:
    """Have a temporary effect end later or sooner. The account is told."""
    work = ActionWork(doors_of(request))
    return await work.reschedule(caller, action_id, order.ends_at, order.reason)


@router.post("/actions/{action_id}/release", openapi_extra=_ORDERS, responses=_REFUSALS)
async def end_it_now(request: Request, caller: Caller, action_id: str, order: Reason) -> ActionView:
    """Have a temporary effect end now. The account is told."""
    return await ActionWork(doors_of(request)).release(caller, action_id, order.reason)


@router.post("/actions/{action_id}/cancel", openapi_extra=_ORDERS, responses=_REFUSALS)
async def do_not_do_it(
    request: Request, caller: Caller, action_id: str, order: Reason
) -> ActionView:
    """Cancel an action that waits and was not attempted yet."""
    return await ActionWork(doors_of(request)).cancel(caller, action_id, order.reason)


@router.post("/actions/{action_id}/write-off", openapi_extra=_ORDERS, responses=_REFUSALS)
async def accept_that_it_cannot_be(
    request: Request, caller: Caller, action_id: str, order: Reason
) -> ActionView:
    """Accept that an action cannot be done, or not be undone; what waits for it goes on."""
    return await ActionWork(doors_of(request)).write_off(caller, action_id, order.reason)
