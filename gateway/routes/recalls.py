"""Recalls over HTTP: plan, approve by two people, start, pause, resume, look, report."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from casework.recalls import RecallReport
from gateway.answers import Requested
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.recalls import ApprovalBody, RecallAnswer, RecallBody, RecallDesk, RecallPage
from gateway.who import OVERSIGHT, RECALLERS, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["recalls"])
_LOOKED_AT = documented(401, 403, 404, 429, 503)
_CHANGED = documented(401, 403, 404, 409, 422, 429, 503)


@router.post(
    "/recalls",
    status_code=201,
    openapi_extra=open_to(RECALLERS, "writes"),
    responses=documented(401, 403, 409, 413, 422, 429, 503),
)
async def plan_a_recall(
    request: Request, response: Response, caller: Caller, asked: RecallBody
) -> RecallAnswer:
    """Find what a bad detector or policy version did on its own. Nothing moves."""
    desk = RecallDesk(doors_of(request))
    view = await desk.plan(caller, asked)
    response.headers["Location"] = f"/v1/recalls/{view.recall_id}"
    return desk.answer(view)


@router.get(
    "/recalls",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 429, 503),
)
async def list_recalls(request: Request, caller: Caller) -> RecallPage:
    """The newest first."""
    desk = RecallDesk(doors_of(request))
    return RecallPage(items=tuple(desk.answer(view) for view in await desk.latest(caller)))


@router.get("/recalls/{recall_id}", openapi_extra=open_to(OVERSIGHT, "reads"), responses=_LOOKED_AT)
async def show_a_recall(request: Request, caller: Caller, recall_id: str) -> RecallAnswer:
    """The plan, who approved it, how far it is, and in the end its report."""
    desk = RecallDesk(doors_of(request))
    return desk.answer(await desk.view(caller, recall_id))


@router.get(
    "/recalls/{recall_id}/report",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=_LOOKED_AT,
)
async def download_the_report(
    request: Request, response: Response, caller: Caller, recall_id: str
) -> RecallReport:
    """What it did, once it is finished, as a file."""
    report = await RecallDesk(doors_of(request)).report(caller, recall_id)
    name = f"recall-{report.recall_id}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return report


@router.post(
    "/recalls/{recall_id}/approve",
    openapi_extra=open_to(RECALLERS, "writes"),
    responses=_CHANGED,
)
async def approve_a_recall(
    request: Request, caller: Caller, recall_id: str, asked: ApprovalBody | None = None
) -> RecallAnswer:
    """One of the two yeses that it takes. The planner may say one of them."""
    desk = RecallDesk(doors_of(request))
    digest = asked.digest if asked else None
    return desk.answer(await desk.approve(caller, recall_id, digest))


@router.post(
    "/recalls/{recall_id}/start", openapi_extra=open_to(RECALLERS, "writes"), responses=_CHANGED
)
async def start_a_recall(request: Request, caller: Caller, recall_id: str) -> RecallAnswer:
    """Let it run. Starting again starts nothing more."""
    desk = RecallDesk(doors_of(request))
    return desk.answer(await desk.start(caller, recall_id))


@router.post(
    "/recalls/{recall_id}/pause", openapi_extra=open_to(RECALLERS, "writes"), responses=_CHANGED
)
async def pause_a_recall(request: Request, caller: Caller, recall_id: str) -> RecallAnswer:
    """Begin no further case from now on; what is under way is finished."""
    desk = RecallDesk(doors_of(request))
    return desk.answer(await desk.pause(caller, recall_id))


@router.post(
    "/recalls/{recall_id}/resume", openapi_extra=open_to(RECALLERS, "writes"), responses=_CHANGED
)
async def resume_a_recall(request: Request, caller: Caller, recall_id: str) -> RecallAnswer:
    """Go on where it was."""
    desk = RecallDesk(doors_of(request))
    return desk.answer(await desk.resume(caller, recall_id))


@router.post(
    "/recalls/{recall_id}/escalations/{reason}/acknowledge",
    status_code=202,
    openapi_extra=open_to(RECALLERS, "writes"),
    responses=_CHANGED,
)
async def acknowledge_a_page_about_a_recall(
    request: Request,
    caller: Caller,
    recall_id: str,
    reason: Annotated[str, Path(pattern=r"^recall_[a-z_]{1,40}$")],
) -> Requested:
    """Stop calling people about this: somebody looks at it."""
    await RecallDesk(doors_of(request)).acknowledge(caller, recall_id, reason)
    return Requested()
