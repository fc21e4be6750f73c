"""The stream that open pages listen to, by Server-Sent Events."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from casework.errors import Forbidden, NotFound
from casework.records import Person
from casework.words import Role
from gateway.console.door import PageDoor, for_roles, who_is
from gateway.console.sessions import still_in
from gateway.doors import Doors, doors_of
from gateway.live import Live, Seat
from gateway.who import STAFF

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store, no-transform"}
"""No proxy is to collect or compress what is told as it happens."""


class Stream(EventSourceResponse):
    """Gives its seat up however it ends, also before its first word."""

    def __init__(self, live: Live, seat: Seat) -> None:
        super().__init__(live.told(seat), headers=_HEADERS)
        self._live = live
        self._seat = seat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.leave(self._seat)


@router.get("/live", openapi_extra=for_roles(STAFF))
async def live(request: Request, review: str = "") -> Response:
    """Counts of queues in scope and the listener's own day; with a review, who else is there."""
    doors, who = doors_of(request), who_is(request)
    seat = Seat(
        person=who.person,
        session=who.session.csrf,
        admitted=partial(_admitted, request, review),
        review=review or None,
        sees_others=await _sees_others(doors, who.person, review) if review else False,
    )
    hub: Live = request.app.state.live
    hub.join(seat)
    return Stream(hub, seat)


async def _admitted(request: Request, review: str) -> tuple[Person, bool]:
    """Who listens now. Raises Unauthenticated: the session is over, or the person may no more."""
    person = await still_in(request)
    try:
        return person, bool(review) and await _sees_others(doors_of(request), person, review)
    except (Forbidden, NotFound):
        return person, False


async def _sees_others(doors: Doors, person: Person, review_id: str) -> bool:
    """Raises Forbidden for a reviewer who never held it, NotFound out of scope."""
    presence = doors.store.presence
    if person.role is Role.REVIEWER:
        if not await presence.may_be_seen(review_id, person.id):
            raise Forbidden("this is for whoever holds the review")
    elif not person.covers((await doors.store.reviews.review(review_id)).harm):
        raise NotFound("no such review")
    return await presence.may_see(review_id, person.id, person.role)
