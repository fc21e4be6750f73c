"""What people order about an action, from the case's page."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from casework.base import Moment
from casework.errors import Malformed
from casework.records import Person
from gateway.actions import ActionWork
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.doors import doors_of
from gateway.who import ORDERING
from storage.action_reads import ActionView

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_Ordering = Callable[[Person, str, str], Awaitable[ActionView]]


@router.post("/actions/{action_id}/reschedule", openapi_extra=for_roles(ORDERING))
async def reschedule(request: Request, action_id: str) -> Response:
    work, person = ActionWork(doors_of(request)), who_is(request).person
    reason = field(request, "reason")
    return _back(await work.reschedule(person, action_id, _ends_at(request), reason))


@router.post("/actions/{action_id}/release", openapi_extra=for_roles(ORDERING))
async def release(request: Request, action_id: str) -> Response:
    return await _order(request, action_id, ActionWork(doors_of(request)).release)


@router.post("/actions/{action_id}/cancel", openapi_extra=for_roles(ORDERING))
async def cancel(request: Request, action_id: str) -> Response:
    return await _order(request, action_id, ActionWork(doors_of(request)).cancel)


@router.post("/actions/{action_id}/write_off", openapi_extra=for_roles(ORDERING))
async def write_off(request: Request, action_id: str) -> Response:
    return await _order(request, action_id, ActionWork(doors_of(request)).write_off)


async def _order(request: Request, action_id: str, ordering: _Ordering) -> Response:
    return _back(await ordering(who_is(request).person, action_id, field(request, "reason")))


def _ends_at(request: Request) -> datetime:
    """A form's date and time are UTC."""
    try:
        return _MOMENT.validate_python(f"{field(request, 'ends_at')}Z")
    except ValidationError:
        raise Malformed("the new end is a date and a time") from None


def _back(action: ActionView) -> Response:
    return to(f"/console/cases/{action.case_id}", "ordered")
