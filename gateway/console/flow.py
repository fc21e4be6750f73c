"""From one decision to the next: handed in, followed by its line, taken back, and the next review.

A decision made here is not waited for. It is stored, the next review of the same queue comes in
the same answer, and the case hears of the decision once it cannot be taken back at the desk.
"""

from typing import cast

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import AlreadyDecided, CaseClosed, Forbidden, Malformed, StaleClaim
from casework.records import Submission
from casework.ruling import PERMANENT
from gateway.answers import DecisionBody
from gateway.console.door import PageDoor, field, fields, for_roles, to, who_is
from gateway.console.last_view import Told, taken_back, told, undone
from gateway.console.next_view import next_in
from gateway.console.pages import is_swap, pages_of
from gateway.console.refusals import explained, refuse
from gateway.console.review_view import Around, Filled, show
from gateway.courier import Courier
from gateway.desk import DeskWork, etag_of
from gateway.doors import doors_of
from gateway.second_thoughts import SecondThoughts
from gateway.who import DESK
from storage.on_the_way import Sent

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_NOT_TAKEN = (StaleClaim, AlreadyDecided, CaseClosed, Forbidden)
_AS_IT_WAS = 204


@router.post("/reviews/{review_id}/decision", openapi_extra=for_roles(DESK))
async def decide(request: Request, review_id: str) -> Response:
    doors, person = doors_of(request), who_is(request).person
    body, etag = _decision(request), etag_of(field(request, "etag"))
    undo_for = doors.settings.desk_undo
    try:
        submission = await DeskWork(doors).hand_in(person, review_id, etag, body, undo_for)
    except _NOT_TAKEN as error:
        why = await explained(doors, person, review_id)
        return await refuse(request, error, why, typed=body.reason)
    handed_in = await _sent_off(request, submission)
    return await next_in(request, handed_in.queue, await told(doors, handed_in))


@router.get("/submissions/{submission_id}", openapi_extra=for_roles(DESK))
async def follow(request: Request, submission_id: str, seen: str = "") -> Response:
    """What became of it; nothing new for a page that has seen this state."""
    doors, person = doors_of(request), who_is(request).person
    handed_in = await doors.store.on_the_way.standing(submission_id, person)
    _take(request, handed_in)
    last = await told(doors, handed_in)
    if not is_swap(request):
        return pages_of(request).show(request, "handed_in.html", last=last)
    if last.state == seen:
        return Response(status_code=_AS_IT_WAS)
    return pages_of(request).show(request, "last.html", last=last)


@router.post("/submissions/{submission_id}/withdraw", openapi_extra=for_roles(DESK))
async def withdraw(request: Request, submission_id: str) -> Response:
    """Back at the review, with what was written."""
    doors, person = doors_of(request), who_is(request).person
    lease = doors.settings.lease
    before = await doors.store.on_the_way.take_back(submission_id, person, lease)
    review = await DeskWork(doors).in_hand(person, before.review_id)
    around = Around(last=taken_back(submission_id), filled=Filled.of(before))
    return await show(request, review, around)


@router.post("/decisions/{decision_id}/undo", openapi_extra=for_roles(DESK))
async def undo(request: Request, decision_id: str) -> Response:
    await SecondThoughts(doors_of(request)).undo(who_is(request).person, decision_id)
    if is_swap(request):
        return pages_of(request).show(request, "last.html", last=undone())
    return to("/console/", "undone")


async def last_of(request: Request, submission_id: str) -> Told | None:
    """The line about the last decision, where the address names one of theirs."""
    if not submission_id:
        return None
    doors = doors_of(request)
    handed_in = await doors.store.on_the_way.standing(submission_id, who_is(request).person)
    return await told(doors, handed_in)


async def _sent_off(request: Request, submission: Submission) -> Sent:
    store, person = doors_of(request).store, who_is(request).person
    handed_in = await store.on_the_way.standing(submission.submission_id, person)
    _take(request, handed_in)
    return handed_in


def _take(request: Request, handed_in: Sent) -> None:
    if handed_in.became == "pending":
        courier = cast(Courier, request.app.state.courier)
        courier.take(handed_in.submission_id, handed_in.deliver_after)


def _decision(request: Request) -> DecisionBody:
    enforces = field(request, "ruling") == "enforce"
    chosen = enforces and field(request, "which") == "these"
    actions = [_action(request, kind) for kind in fields(request, "action")] if chosen else None
    try:
        return DecisionBody.model_validate(
            {
                "ruling": field(request, "ruling"),
                "actions": actions,
                "reason": field(request, "reason"),
                "confidence": field(request, "confidence") or None,
                "grounds": (field(request, "grounds") or None) if enforces else None,
                "second_opinion": field(request, "second_opinion") == "yes",
            }
        )
    except ValidationError:
        raise Malformed("a ruling, what to do, and a reason are needed") from None


def _action(request: Request, kind: str) -> dict[str, str]:
    return {kind: field(request, f"lasts_{kind}") or PERMANENT}
