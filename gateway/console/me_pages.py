"""A reviewer's page about themselves: what they were shown, breaks, what they do not take."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from gateway.care import BreakBody, Care
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.doors import doors_of
from gateway.who import DESK

router = APIRouter(prefix="/console/me", route_class=PageDoor, include_in_schema=False)
HERE = "/console/me"
_LENGTHS = (10, 15, 30, 60, 90)


@router.get("", openapi_extra=for_roles(DESK))
async def me(request: Request, said: str = "") -> Response:
    doors, person = doors_of(request), who_is(request).person
    mine = await Care(doors).mine(person)
    return pages_of(request).show(
        request,
        "me.html",
        mine=mine,
        load=mine,
        lengths=_LENGTHS,
        day=await doors.store.my_days.of(person.id),
        said=sentence(said),
    )


@router.post("/break", openapi_extra=for_roles(DESK))
async def begin_break(request: Request) -> Response:
    try:
        body = BreakBody.model_validate({"minutes": field(request, "minutes")})
    except ValidationError:
        raise Malformed("a break has 1 to 480 minutes") from None
    await Care(doors_of(request)).begin_break(who_is(request).person, body.minutes)
    return to(HERE, "on_a_break")


@router.post("/break/end", openapi_extra=for_roles(DESK))
async def end_break(request: Request) -> Response:
    await Care(doors_of(request)).end_break(who_is(request).person)
    return to(HERE, "back_at_work")
