"""Cases as colleagues see them: what they are about and how far they came, never their content."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from casework.base import Moment
from casework.errors import NotFound
from casework.records import Person
from casework.words import Stage
from gateway.answers import Notices, ReassignBody, Requested, Timeline
from gateway.door import Door
from gateway.doors import Doors, doors_of
from gateway.problems import documented
from gateway.sending_on import SendingOn
from gateway.who import NOTICE_READERS, ON_CALL, ORDERING, OVERSIGHT, Caller, open_to
from storage.reads import CaseFilters, CasePage, CaseView

router = APIRouter(prefix="/v1", route_class=Door, tags=["cases"])
MOST = 200
_NO_CASE = "There is no such case, or it is not in your scope."
_REFUSALS = documented(401, 403, 404, 429, 503)
Word = Annotated[str | None, Query(max_length=600)]


@router.get(
    "/cases",
    openapi_extra=open_to(OVERSIGHT, "reads"),
    responses=documented(401, 403, 422, 429, 503),
)
async def list_cases(
    request: Request,
    caller: Caller,
    harm: Word = None,
    stage: Stage | None = None,
    queue: Word = None,
    account: Word = None,
    detector: Word = None,
    since: Moment | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> CasePage:
    """The newest first; `next` is the cursor of the page after this one, null on the last."""
    filters = CaseFilters(
        harm=harm,
        stage=stage,
        queue=queue,
        account=account,
        detector=detector,
        since=since,
        harms=caller.harms,
    )
    return await doors_of(request).store.reads.cases(filters, cursor, limit)


@router.get("/cases/{case_id}", openapi_extra=open_to(OVERSIGHT, "reads"), responses=_REFUSALS)
async def show_a_case(request: Request, caller: Caller, case_id: str) -> CaseView:
    return await case_in_scope(doors_of(request), caller, case_id)


@router.get(
    "/cases/{case_id}/timeline", openapi_extra=open_to(OVERSIGHT, "reads"), responses=_REFUSALS
)
async def show_what_happened(request: Request, caller: Caller, case_id: str) -> Timeline:
    """The audit trail's lines about this case, oldest first."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    return Timeline(items=tuple(await doors.store.reads.timeline_for(caller, case_id)))


@router.get(
    "/cases/{case_id}/notices", openapi_extra=open_to(NOTICE_READERS, "reads"), responses=_REFUSALS
)
async def list_notices(request: Request, caller: Caller, case_id: str) -> Notices:
    """What the account was told, and over which channels it was delivered."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    return Notices(items=tuple(await doors.store.reads.notices_of(case_id)))


@router.post(
    "/cases/{case_id}/retry",
    status_code=202,
    openapi_extra=open_to(ON_CALL, "writes"),
    responses=documented(401, 403, 404, 409, 429, 503),
)
async def try_again_now(request: Request, caller: Caller, case_id: str) -> Requested:
    """Try at once what the case is blocked on, instead of at the next planned time."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    await doors.stories.retry(case_id)
    return Requested()


@router.post(
    "/cases/{case_id}/reassign",
    status_code=202,
    openapi_extra=open_to(ORDERING, "writes"),
    responses=documented(401, 403, 404, 409, 413, 422, 429, 503),
)
async def send_to_another_desk(
    request: Request, caller: Caller, case_id: str, asked: ReassignBody
) -> Requested:
    """Have another desk decide what waits for a person. Whoever holds it loses the claim."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    await SendingOn(doors).reassign(caller, case_id, asked.desk, asked.reason)
    return Requested()


@router.post(
    "/cases/{case_id}/escalations/{reason}/acknowledge",
    status_code=202,
    openapi_extra=open_to(ON_CALL, "writes"),
    responses=documented(401, 403, 404, 409, 422, 429, 503),
)
async def acknowledge_a_page(
    request: Request,
    caller: Caller,
    case_id: str,
    reason: Annotated[str, Path(pattern=r"^[a-z0-9_:.-]{1,100}$")],
) -> Requested:
    """Stop calling people about this: somebody looks at it."""
    doors = doors_of(request)
    await case_in_scope(doors, caller, case_id)
    await doors.stories.acknowledge(case_id, reason, caller.id)
    return Requested()


async def case_in_scope(doors: Doors, person: Person, case_id: str) -> CaseView:
    """The case. Raises NotFound, the same for a case that is not in the person's scope."""
    try:
        case = await doors.store.reads.case(case_id)
    except NotFound:
        raise NotFound(_NO_CASE) from None
    if not person.covers(case.harm):
        raise NotFound(_NO_CASE)
    return case
