"""On-call's brakes: what is parked, why, and how much waits."""

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from casework.errors import Malformed
from casework.holds import HoldOn
from casework.words import ActionKind, HoldKind
from gateway.answers import Words
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.doors import doors_of
from gateway.holding import Holding
from gateway.who import ON_CALL, OVERSIGHT

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_WHY: TypeAdapter[str] = TypeAdapter(Words)


@router.get("/holds", openapi_extra=for_roles(OVERSIGHT))
async def holds(request: Request, said: str = "") -> Response:
    book = doors_of(request).store.holds
    return pages_of(request).show(
        request,
        "holds.html",
        standing=await book.standing(),
        lifted=await book.lifted(limit=20),
        kinds=list(HoldKind),
        actions=list(ActionKind),
        may_hold=who_is(request).person.role in ON_CALL,
        said=sentence(said),
    )


@router.post("/holds", openapi_extra=for_roles(ON_CALL))
async def set_one(request: Request) -> Response:
    try:
        kind = HoldKind(field(request, "kind"))
    except ValueError:
        raise Malformed("say what is to be parked") from None
    on = HoldOn.asked(kind, field(request, "target"))
    await Holding(doors_of(request)).set(who_is(request).person, on, _why(request))
    return to("/console/holds", "held")


@router.post("/holds/{hold_id}/lift", openapi_extra=for_roles(ON_CALL))
async def lift_one(request: Request, hold_id: str) -> Response:
    await Holding(doors_of(request)).lift(who_is(request).person, hold_id, _why(request))
    return to("/console/holds", "lifted")


def _why(request: Request) -> str:
    try:
        return _WHY.validate_python(field(request, "reason"))
    except ValidationError:
        raise Malformed("say why, in at most 4,000 characters") from None
