"""Recalls: what a bad version did, who says yes to undoing it, and how far that is."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from casework.recalls import RecallState
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.doors import doors_of
from gateway.recalls import RecallBody, RecallDesk
from gateway.who import OVERSIGHT, RECALLERS

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_WORDS = ("detector", "detector_version", "policy", "since", "until")
_NUMBERS = ("policy_version", "pace")
_REFRESH_S = 2
"""How often the page of a running recall is loaded again."""


@router.get("/recalls", openapi_extra=for_roles(OVERSIGHT))
async def recalls(request: Request, said: str = "") -> Response:
    person = who_is(request).person
    return pages_of(request).show(
        request,
        "recalls.html",
        latest=await RecallDesk(doors_of(request)).latest(person),
        limits=doors_of(request).settings.recalls,
        may_recall=person.role in RECALLERS,
        said=sentence(said),
    )


@router.post("/recalls", openapi_extra=for_roles(RECALLERS))
async def plan_one(request: Request) -> Response:
    view = await RecallDesk(doors_of(request)).plan(who_is(request).person, _filled_in(request))
    return to(f"/console/recalls/{view.recall_id}", "planned")


@router.get("/recalls/{recall_id}", openapi_extra=for_roles(OVERSIGHT))
async def recall(request: Request, recall_id: str, said: str = "") -> Response:
    person = who_is(request).person
    view = await RecallDesk(doors_of(request)).view(person, recall_id)
    return pages_of(request).show(
        request,
        "recall.html",
        recall=view,
        may_recall=person.role in RECALLERS,
        said_yes=person.id in {yes.by for yes in view.approvals},
        refresh=_REFRESH_S if view.state is RecallState.RUNNING else None,
        said=sentence(said),
    )


@router.post("/recalls/{recall_id}/approve", openapi_extra=for_roles(RECALLERS))
async def approve_one(request: Request, recall_id: str) -> Response:
    desk, person = RecallDesk(doors_of(request)), who_is(request).person
    await desk.approve(person, recall_id, field(request, "digest"))
    return to(f"/console/recalls/{recall_id}", "approved")


@router.post("/recalls/{recall_id}/start", openapi_extra=for_roles(RECALLERS))
async def start_one(request: Request, recall_id: str) -> Response:
    await RecallDesk(doors_of(request)).start(who_is(request).person, recall_id)
    return to(f"/console/recalls/{recall_id}")


@router.post("/recalls/{recall_id}/pause", openapi_extra=for_roles(RECALLERS))
async def pause_one(request: Request, recall_id: str) -> Response:
    await RecallDesk(doors_of(request)).pause(who_is(request).person, recall_id)
    return to(f"/console/recalls/{recall_id}", "paused")


@router.post("/recalls/{recall_id}/resume", openapi_extra=for_roles(RECALLERS))
async def resume_one(request: Request, recall_id: str) -> Response:
    await RecallDesk(doors_of(request)).resume(who_is(request).person, recall_id)
    return to(f"/console/recalls/{recall_id}")


@router.post("/recalls/{recall_id}/acknowledge", openapi_extra=for_roles(RECALLERS))
async def look_at_one(request: Request, recall_id: str) -> Response:
    desk, person = RecallDesk(doors_of(request)), who_is(request).person
    await desk.acknowledge(person, recall_id, "recall_not_undone")
    return to(f"/console/recalls/{recall_id}", "acknowledged")


def _filled_in(request: Request) -> RecallBody:
    """Raises Malformed, saying no more than which kind of field it was: values are not repeated."""
    given: dict[str, Any] = {name: value for name in _WORDS if (value := field(request, name))}
    try:
        numbers = {name: int(text) for name in _NUMBERS if (text := field(request, name))}
        confirm = {"confirm": "everything"} if field(request, "everything") else {}
        return RecallBody.model_validate(given | numbers | confirm)
    except (ValidationError, ValueError):
        raise Malformed(
            "a version needs its detector or policy, moments are written 2026-11-26T21:00:00Z,"
            " and numbers are whole"
        ) from None
