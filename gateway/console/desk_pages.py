"""The reviewer's pages: queues, the review in hand, and what can be done besides deciding it."""

from fastapi import APIRouter, Request, Response

from casework.errors import Forbidden, NotFound, StaleClaim
from gateway.answers import ONCALL
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.flow import last_of
from gateway.console.home_view import home
from gateway.console.pages import is_swap
from gateway.console.refusals import explained, refuse
from gateway.console.review_view import Around, show, show_surroundings
from gateway.console.said import sentence
from gateway.desk import DeskWork, etag_of
from gateway.doors import doors_of
from gateway.sending_on import SendingOn
from gateway.who import DESK, STAFF

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)


@router.get("/", openapi_extra=for_roles(STAFF))
async def queues(request: Request, said: str = "", last: str = "") -> Response:
    return await home(request, await last_of(request, last), sentence(said))


@router.post("/queues/{queue}/claim", openapi_extra=for_roles(DESK))
async def claim(request: Request, queue: str) -> Response:
    claimed = await DeskWork(doors_of(request)).claim(who_is(request).person, queue)
    return to(_of(claimed.review_id)) if claimed else to("/console/", "nothing")


@router.get("/reviews/{review_id}", openapi_extra=for_roles(DESK))
async def review(request: Request, review_id: str, said: str = "", last: str = "") -> Response:
    """The review in hand; for one that was in hand before, what became of it."""
    doors, person = doors_of(request), who_is(request).person
    try:
        work = DeskWork(doors)
        shown = await (work.in_hand if is_swap(request) else work.held)(person, review_id)
    except (StaleClaim, NotFound) as error:
        return await refuse(request, error, await explained(doors, person, review_id))
    around = Around(said=sentence(said), last=await last_of(request, last))
    return await show(request, shown, around)


@router.get("/reviews/{review_id}/around", openapi_extra=for_roles(DESK))
async def around(request: Request, review_id: str) -> Response:
    """What surrounds the evidence of the review in hand, for a page that shows it already.

    Nobody asked for it by hand. Whoever passed the review on before this was answered has done
    nothing wrong, and is told nothing.
    """
    person = who_is(request).person
    try:
        review = await DeskWork(doors_of(request)).surroundings(person, review_id)
    except (Forbidden, NotFound, StaleClaim):
        return Response(status_code=204)
    return await show_surroundings(request, review)


@router.post("/reviews/{review_id}/extend", openapi_extra=for_roles(DESK))
async def extend(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.extend(who_is(request).person, review_id, _etag(request))
    return to(_of(review_id), "extended")


@router.post("/reviews/{review_id}/note", openapi_extra=for_roles(DESK))
async def note(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.note(who_is(request).person, review_id, field(request, "text"))
    return to(_of(review_id), "noted")


@router.post("/reviews/{review_id}/escalate", openapi_extra=for_roles(DESK))
async def escalate(request: Request, review_id: str) -> Response:
    """Ask on-call, who do not take it away; or send it to another desk, which does."""
    doors, person = doors_of(request), who_is(request).person
    desk, why = field(request, "to") or ONCALL, field(request, "reason")
    if desk == ONCALL:
        await DeskWork(doors).escalate(person, review_id, why)
        return to(_of(review_id), "escalated")
    await SendingOn(doors).escalate(person, review_id, desk, why)
    return to("/console/", "sent_on")


def _of(review_id: str) -> str:
    return f"/console/reviews/{review_id}"


def _etag(request: Request) -> str:
    return etag_of(field(request, "etag"))
