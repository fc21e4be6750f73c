"""The reviewer's pages: queues, the review in hand, and what can be done with it."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from casework.ruling import PERMANENT
from casework.words import ActionKind
from gateway.answers import DecisionBody
from gateway.console.door import PageDoor, field, fields, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.desk import DeskWork, etag_of
from gateway.doors import doors_of
from gateway.second_thoughts import SecondThoughts
from gateway.who import DESK, STAFF

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_SPANS = (
    ("P1D", "1 day"),
    ("P3D", "3 days"),
    ("P7D", "7 days"),
    ("P30D", "30 days"),
    (PERMANENT, "for good"),
)
_TEMPORARY = frozenset(
    {
        ActionKind.LIMIT_REACH,
        ActionKind.TIMEOUT_ACCOUNT,
        ActionKind.SUSPEND_ACCOUNT,
    }
)


@router.get("/", openapi_extra=for_roles(STAFF))
async def queues(request: Request, said: str = "", undo: str = "") -> Response:
    doors = doors_of(request)
    mine = await DeskWork(doors).queues(who_is(request).person)
    until = await SecondThoughts(doors).until(undo) if undo else None
    return pages_of(request).show(
        request,
        "home.html",
        queues=mine,
        said=sentence(said),
        undo=undo if until and until > doors.clock() else "",
        undo_until=until,
    )


@router.post("/decisions/{decision_id}/undo", openapi_extra=for_roles(DESK))
async def undo(request: Request, decision_id: str) -> Response:
    await SecondThoughts(doors_of(request)).undo(who_is(request).person, decision_id)
    return to("/console/", "undone")


@router.post("/queues/{queue}/claim", openapi_extra=for_roles(DESK))
async def claim(request: Request, queue: str) -> Response:
    claimed = await DeskWork(doors_of(request)).claim(who_is(request).person, queue)
    return to(_of(claimed.review_id)) if claimed else to("/console/", "nothing")


@router.get("/reviews/{review_id}", openapi_extra=for_roles(DESK))
async def review(request: Request, review_id: str, said: str = "") -> Response:
    shown = await DeskWork(doors_of(request)).held(who_is(request).person, review_id)
    return pages_of(request).show(
        request,
        "review.html",
        review=shown,
        kinds=list(ActionKind),
        temporary=_TEMPORARY,
        spans=_SPANS,
        said=sentence(said),
    )


@router.post("/reviews/{review_id}/decision", openapi_extra=for_roles(DESK))
async def decide(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    answer = await work.decide(
        who_is(request).person, review_id, _etag(request), _decision(request)
    )
    undo = f"&undo={answer.decision_id}" if answer.undo_until else ""
    return to("/console/", answer.status, undo)


@router.post("/reviews/{review_id}/extend", openapi_extra=for_roles(DESK))
async def extend(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.extend(who_is(request).person, review_id, _etag(request))
    return to(_of(review_id), "extended")


@router.post("/reviews/{review_id}/release", openapi_extra=for_roles(DESK))
async def release(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.release(who_is(request).person, review_id, _etag(request))
    return to("/console/", "released")


@router.post("/reviews/{review_id}/note", openapi_extra=for_roles(DESK))
async def note(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.note(who_is(request).person, review_id, field(request, "text"))
    return to(_of(review_id), "noted")


@router.post("/reviews/{review_id}/escalate", openapi_extra=for_roles(DESK))
async def escalate(request: Request, review_id: str) -> Response:
    work = DeskWork(doors_of(request))
    await work.escalate(who_is(request).person, review_id, field(request, "reason"))
    return to(_of(review_id), "escalated")


def _of(review_id: str) -> str:
    return f"/console/reviews/{review_id}"


def _etag(request: Request) -> str:
    return etag_of(field(request, "etag"))


def _decision(request: Request) -> DecisionBody:
    chosen = field(request, "ruling") == "enforce" and field(request, "which") == "these"
    actions = [_action(request, kind) for kind in fields(request, "action")] if chosen else None
    try:
        return DecisionBody.model_validate(
            {
                "ruling": field(request, "ruling"),
                "actions": actions,
                "reason": field(request, "reason"),
            }
        )
    except ValidationError:
        raise Malformed("a ruling, what to do, and a reason are needed") from None


def _action(request: Request, kind: str) -> dict[str, str]:
    return {kind: field(request, f"lasts_{kind}") or PERMANENT}
