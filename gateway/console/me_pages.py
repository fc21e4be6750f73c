"""A reviewer's page about themselves: what they were shown, breaks, what they do not take."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from casework.profiles import Relation, RelationKind
from gateway.care import BreakBody, Care
from gateway.console.door import PageDoor, field, fields, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.doors import doors_of
from gateway.profiles import ProfileDesk
from gateway.who import DESK

router = APIRouter(prefix="/console/me", route_class=PageDoor, include_in_schema=False)
HERE = "/console/me"
_LENGTHS = (10, 15, 30, 60, 90)


@router.get("", openapi_extra=for_roles(DESK))
async def me(request: Request, said: str = "") -> Response:
    doors, person = doors_of(request), who_is(request).person
    mine = await Care(doors).mine(person)
    desk = ProfileDesk(doors)
    return pages_of(request).show(
        request,
        "me.html",
        mine=mine,
        load=mine,
        lengths=_LENGTHS,
        day=await doors.store.my_days.of(person.id),
        profile=await desk.profile(person, person.id),
        relations=await desk.relations(person, person.id),
        harms=sorted(await doors.store.policies.harms()),
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


@router.post("/topics", openapi_extra=for_roles(DESK))
async def choose_topics(request: Request) -> Response:
    """What somebody does not take; what they hold already stays theirs."""
    doors, person = doors_of(request), who_is(request).person
    desk = ProfileDesk(doors)
    chosen = set(fields(request, "harm")) & set(await doors.store.policies.harms())
    before = await desk.profile(person, person.id)
    await desk.change(person, before.model_copy(update={"opted_out": frozenset(chosen)}))
    return to(HERE, "topics_chosen")


@router.post("/relations", openapi_extra=for_roles(DESK))
async def declare(request: Request) -> Response:
    """An account whose cases, and whose reports, are not for this person."""
    doors, person = doors_of(request), who_is(request).person
    desk = ProfileDesk(doors)
    try:
        tie = Relation(
            account_id=field(request, "account"), kind=RelationKind(field(request, "kind"))
        )
    except ValueError:
        raise Malformed("an account's id, and whether it is your own, are needed") from None
    known = [
        Relation(account_id=each.account_id, kind=each.kind)
        for each in await desk.relations(person, person.id)
        if each.account_id != tie.account_id
    ]
    await desk.relate(person, person.id, [*known, tie])
    return to(HERE, "declared")
