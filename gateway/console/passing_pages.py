"""Passing a review on: put aside, handed to a colleague, left to others, back into its queue."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from casework.errors import Malformed, NotFound
from casework.words import SkipReason
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.next_view import next_in
from gateway.desk import DeskWork, etag_of
from gateway.doors import doors_of
from gateway.passing_on import PassingOn
from gateway.who import DESK

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)


@router.post("/reviews/{review_id}/hold", openapi_extra=for_roles(DESK))
async def hold(request: Request, review_id: str) -> Response:
    doors, person = doors_of(request), who_is(request).person
    until = doors.clock() + _span(field(request, "for"))
    passing = PassingOn(doors)
    await passing.hold(person, review_id, _etag(request), until, field(request, "reason"))
    return await _on(request, review_id, "put_aside")


@router.post("/reviews/{review_id}/hand-over", openapi_extra=for_roles(DESK))
async def hand_over(request: Request, review_id: str) -> Response:
    passing, person = PassingOn(doors_of(request)), who_is(request).person
    colleague, reason = field(request, "to"), field(request, "reason")
    await passing.hand_over(person, review_id, _etag(request), colleague, reason)
    return await _on(request, review_id, "handed_over")


@router.post("/reviews/{review_id}/skip", openapi_extra=for_roles(DESK))
async def skip(request: Request, review_id: str) -> Response:
    passing, person = PassingOn(doors_of(request)), who_is(request).person
    try:
        why = SkipReason(field(request, "why"))
    except ValueError:
        raise Malformed("say why you leave it to others") from None
    await passing.skip(person, review_id, _etag(request), why, field(request, "words"))
    return await _on(request, review_id, "skipped")


@router.post("/reviews/{review_id}/release", openapi_extra=for_roles(DESK))
async def release(request: Request, review_id: str) -> Response:
    """Back into its queue, and no next one: it would be the same."""
    work, person = DeskWork(doors_of(request)), who_is(request).person
    await work.release(person, review_id, _etag(request))
    return to("/console/", "released")


async def _on(request: Request, review_id: str, word: str) -> Response:
    doors, person = doors_of(request), who_is(request).person
    try:
        where = await doors.store.on_the_way.whereabouts(review_id, person)
    except NotFound:
        return to("/console/", word)
    return await next_in(request, where.queue, word=word)


def _span(given: str) -> timedelta:
    try:
        return _SPAN.validate_python(given)
    except ValidationError:
        raise Malformed("say for how long it is put aside") from None


def _etag(request: Request) -> str:
    return etag_of(field(request, "etag"))
