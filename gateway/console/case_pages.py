"""On-call's pages: find a case, see where it stands, push it on."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from casework.identity import appeal_workflow, case_workflow, escalation_workflow
from casework.words import Stage
from gateway.console import runbook as book
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.console.texts import marked
from gateway.console.trail import PROOFS
from gateway.doors import Doors, doors_of
from gateway.routes.cases import case_in_scope
from gateway.sending_on import SendingOn
from gateway.who import NOTICE_READERS, ON_CALL, ORDERING, OVERSIGHT, STAFF
from storage.audit_line import Event
from storage.reads import CaseFilters, CaseView, TimelineEntry

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_FIELDS = ("harm", "stage", "queue", "account", "detector", "since")
_ON_A_PAGE = 50


@router.get("/cases", openapi_extra=for_roles(OVERSIGHT))
async def cases(request: Request) -> Response:
    doors = doors_of(request)
    asked = {name: request.query_params.get(name, "").strip()[:600] for name in ("case", *_FIELDS)}
    if asked["case"]:
        return to(f"/console/cases/{quote(asked['case'], safe='')}")
    cursor = request.query_params.get("cursor", "")[:500] or None
    page = await doors.store.reads.cases(_filters(request, asked), cursor, _ON_A_PAGE)
    return pages_of(request).show(
        request,
        "cases.html",
        page=page,
        asked=asked,
        harms=sorted(await doors.store.policies.harms()),
        stages=[stage.value for stage in Stage],
        more=_more(asked, page.next),
    )


@router.get("/cases/{case_id}", openapi_extra=for_roles(OVERSIGHT))
async def case(request: Request, case_id: str, said: str = "") -> Response:
    doors, person = doors_of(request), who_is(request).person
    found = await case_in_scope(doors, person, case_id)
    timeline = await doors.store.reads.timeline_for(person, case_id)
    may_read = person.role in NOTICE_READERS
    return pages_of(request).show(
        request,
        "case.html",
        case=found,
        timeline=timeline,
        proofs=PROOFS,
        notices=await doors.store.reads.notices_of(case_id) if may_read else [],
        open_pages=_open_pages(timeline),
        stories=_stories(doors, found, timeline),
        actions=await doors.store.action_reads.of_case(case_id),
        standing=await doors.store.standings.of(found.account.id, person.harms),
        may_push=person.role in ON_CALL,
        may_order=person.role in ORDERING,
        desks=await SendingOn(doors).other_desks(case_id) if person.role in ORDERING else (),
        said=sentence(said),
    )


@router.post("/cases/{case_id}/retry", openapi_extra=for_roles(ON_CALL))
async def retry(request: Request, case_id: str) -> Response:
    doors = doors_of(request)
    await case_in_scope(doors, who_is(request).person, case_id)
    await doors.stories.retry(case_id)
    return to(f"/console/cases/{case_id}", "retried")


@router.post("/cases/{case_id}/reassign", openapi_extra=for_roles(ORDERING))
async def reassign(request: Request, case_id: str) -> Response:
    doors, person = doors_of(request), who_is(request).person
    await case_in_scope(doors, person, case_id)
    desk, why = field(request, "desk"), field(request, "reason")
    await SendingOn(doors).reassign(person, case_id, desk, why)
    return to(f"/console/cases/{case_id}", "sent_on")


@router.post("/cases/{case_id}/escalations/{reason}/acknowledge", openapi_extra=for_roles(ON_CALL))
async def acknowledge(request: Request, case_id: str, reason: str) -> Response:
    doors, person = doors_of(request), who_is(request).person
    await case_in_scope(doors, person, case_id)
    await doors.stories.acknowledge(case_id, reason, person.id)
    return to(f"/console/cases/{case_id}", "acknowledged")


@router.get("/runbook", openapi_extra=for_roles(STAFF))
async def runbook(request: Request) -> Response:
    return pages_of(request).show(request, "runbook.html", runbook=book.runbook())


def _filters(request: Request, asked: dict[str, str]) -> CaseFilters:
    given = {name: asked[name] for name in _FIELDS if asked[name]}
    if "since" in given:
        given["since"] += "T00:00:00Z"
    try:
        return CaseFilters.model_validate(given | {"harms": who_is(request).person.harms})
    except ValidationError:
        raise Malformed("a stage or a date is not one") from None


def _more(asked: dict[str, str], cursor: str | None) -> str:
    if cursor is None:
        return ""
    given = {name: value for name, value in asked.items() if value} | {"cursor": cursor}
    return f"/console/cases?{urlencode(given)}"


def _open_pages(timeline: list[TimelineEntry]) -> list[str]:
    """The reasons somebody was called for and that are not over."""
    called: dict[str, None] = {}
    for entry in timeline:
        if entry.event == Event.PAGED:
            called[entry.facts.get("reason", "")] = None
        if entry.event == Event.PAGE_RESOLVED:
            called.pop(entry.facts.get("reason", ""), None)
    return [reason for reason in called if reason]


def _stories(doors: Doors, case: CaseView, timeline: list[TimelineEntry]) -> list[tuple[str, str]]:
    """Links to what is told about this case in Temporal."""
    link = doors.settings.places.workflow
    stories = [(marked("The case"), link(case_workflow(case.harm, case.case_id)))]
    appealed = {
        entry.facts["decision_id"]
        for entry in timeline
        if entry.event == Event.APPEAL_FILED and "decision_id" in entry.facts
    }
    stories += [
        (marked("An appeal"), link(appeal_workflow(decision))) for decision in sorted(appealed)
    ]
    stories += [
        (f"Called: {reason.replace('_', ' ')}", link(escalation_workflow(case.case_id, reason)))
        for reason in _open_pages(timeline)
    ]
    return stories
