"""The stream that open pages listen to, by Server-Sent Events."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from casework.errors import Forbidden, NotFound
from casework.queueing import APPEALS
from casework.records import Person
from casework.words import Role
from gateway.console.door import PageDoor, for_roles, who_is
from gateway.console.pages import pages_of
from gateway.console.sessions import signed_in, still_in
from gateway.console.texts import marked
from gateway.desk import DeskWork
from gateway.doors import Doors, doors_of
from gateway.live import Live, Seat, figures_for
from gateway.who import OVERSIGHT, STAFF

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_BANDS = (
    ("overdue", marked("Overdue")),
    ("in_15_min", marked("15 min")),
    ("in_1_h", marked("1 h")),
    ("in_4_h", marked("4 h")),
    ("in_24_h", marked("24 h")),
    ("later", marked("Later")),
)
"""What is due within so long, as `storage.figures.Due` counts it."""
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
async def live(request: Request, review: str = "", board: str = "") -> Response:
    """Counts of queues in scope and the listener's own day; with a review, who else is there;
    for the wall-board, its figures."""
    doors, who = doors_of(request), who_is(request)
    seat = Seat(
        person=who.person,
        session=who.session.csrf,
        admitted=partial(_at_the_board if board else _admitted, request, review),
        review=review or None,
        board=bool(board) and who.person.role in OVERSIGHT,
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


async def _at_the_board(request: Request, _review: str) -> tuple[Person, bool]:
    """A screen on a wall is in use although nobody touches it. Raises Unauthenticated."""
    return (await signed_in(request)).person, False


async def _sees_others(doors: Doors, person: Person, review_id: str) -> bool:
    """Raises Forbidden for a reviewer who never held it, NotFound out of scope."""
    presence = doors.store.presence
    if person.role is Role.REVIEWER:
        if not await presence.may_be_seen(review_id, person.id):
            raise Forbidden("this is for whoever holds the review")
    elif not person.covers((await doors.store.reviews.review(review_id)).harm):
        raise NotFound("no such review")
    return await presence.may_see(review_id, person.id, person.role)


@router.get("/board", openapi_extra=for_roles(OVERSIGHT))
async def board(request: Request) -> Response:
    """The figures of the whole house, large, for a screen on a wall."""
    doors, person = doors_of(request), who_is(request).person
    hub: Live = request.app.state.live
    queues = await DeskWork(doors).queues(person)
    return pages_of(request).show(
        request,
        "board.html",
        figures=figures_for(person, await hub.figures()),
        queues=[queue for queue in queues if queue.queue != APPEALS],
        bands=_BANDS,
    )
