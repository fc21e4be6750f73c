"""Queues, claims and decisions: a reviewer's work."""

import json
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.answers import (
    ONCALL,
    ClaimTerm,
    DecisionAnswer,
    DecisionBody,
    DecisionStatus,
    EscalationAnswer,
    EscalationBody,
    NoteBody,
    Queues,
    ReviewAnswer,
)
from gateway.care import Care
from gateway.desk import ASKED, DeskWork, etag_of
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.queue_work import queue_work
from gateway.sending_on import SendingOn
from gateway.showing import Shown
from gateway.who import DESK, STAFF, Caller, open_to
from storage.idempotency import Stored

router = APIRouter(prefix="/v1", route_class=Door, tags=["reviews"])
_REFUSALS = documented(401, 403, 409, 412, 413, 422, 428, 429, 503)
IF_MATCH = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the claim.",
            "schema": {"type": "string"},
        }
    ]
}


class ClaimDoor(Door):
    """Keeps which review was claimed and not what it shows: evidence stays under its case's key."""

    def worth_keeping(self, response: Response) -> Stored | None:
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        review_id: str = json.loads(bytes(response.body))["review_id"]
        return Stored(status=response.status_code, headers={}, body=review_id.encode())

    async def again(self, request: Request, stored: Stored) -> Response:
        work = DeskWork(doors_of(request))
        shown = await work.held(request.state.caller, stored.body.decode())
        response = _answer(shown)
        response.headers["Idempotent-Replay"] = "true"
        return response


claims = APIRouter(prefix="/v1", route_class=ClaimDoor, tags=["reviews"])


@router.get(
    "/queues", openapi_extra=open_to(STAFF, "reads"), responses=documented(401, 403, 429, 503)
)
async def count_the_queues(request: Request, caller: Caller) -> Queues:
    """What waits in the queues of your scope, how long, when the next one is due, and what of it
    nobody here can take."""
    doors = doors_of(request)
    load = await Care(doors).load(caller)
    return Queues(
        items=await queue_work(doors, caller),
        limits_reached=load.reached,
        rests_until=load.rests_until,
    )


@claims.post(
    "/queues/{queue}/claim",
    response_model=ReviewAnswer,
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 409, 412, 422, 429, 503)
    | {204: {"description": "Nothing there for you."}},
)
async def claim_the_next_review(request: Request, caller: Caller, queue: str) -> Response:
    """Take the most urgent review of a queue, for as long as `claim.expires_at` says.

    The ETag of the answer is the proof of the claim that decisions are made under. Whoever holds
    a review of this queue already gets that one again.
    """
    work = DeskWork(doors_of(request))
    claimed = await work.claim(caller, queue)
    if claimed is None:
        return Response(status_code=204)
    return _answer(await work.held(caller, claimed.review_id))


@router.get(
    "/reviews/{review_id}",
    response_model=ReviewAnswer,
    openapi_extra=open_to(STAFF, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def show_a_review(request: Request, caller: Caller, review_id: str) -> Response:
    """The review; its evidence only to whoever holds the claim, and each look is audited."""
    return _answer(await DeskWork(doors_of(request)).look(caller, review_id))


@router.post(
    "/reviews/{review_id}/decision",
    response_model_exclude_unset=True,
    openapi_extra=open_to(DESK, "writes") | IF_MATCH,
    responses=_REFUSALS | {202: {"model": DecisionAnswer, "description": "Stored."}},
)
async def decide(
    request: Request, response: Response, caller: Caller, review_id: str, decision: DecisionBody
) -> DecisionAnswer:
    """Decide a review under your claim. The same decision again gets the same answer.

    202 with `submitted`: it is stored and counts as soon as the case answers again.
    """
    work = DeskWork(doors_of(request))
    answer = await work.decide(caller, review_id, _etag(request), decision)
    if answer.status is DecisionStatus.SUBMITTED:
        response.status_code = 202
    return answer


@router.post(
    "/reviews/{review_id}/extend",
    openapi_extra=open_to(DESK, "writes") | IF_MATCH,
    responses=_REFUSALS,
)
async def hold_it_longer(
    request: Request, response: Response, caller: Caller, review_id: str
) -> ClaimTerm:
    claim = await DeskWork(doors_of(request)).extend(caller, review_id, _etag(request))
    response.headers["ETag"] = f'"{claim.etag}"'
    return ClaimTerm(expires_at=claim.expires_at)


@router.post(
    "/reviews/{review_id}/release",
    status_code=204,
    openapi_extra=open_to(DESK, "writes") | IF_MATCH,
    responses=_REFUSALS,
)
async def put_it_back(request: Request, caller: Caller, review_id: str) -> None:
    await DeskWork(doors_of(request)).release(caller, review_id, _etag(request))


@router.post(
    "/reviews/{review_id}/note",
    status_code=204,
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 404, 409, 413, 422, 429, 503),
)
async def leave_a_note(request: Request, caller: Caller, review_id: str, note: NoteBody) -> None:
    """A remark for colleagues who will hold this review; never sent to anybody."""
    await DeskWork(doors_of(request)).note(caller, review_id, note.text)


@router.post(
    "/reviews/{review_id}/escalate",
    status_code=202,
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 404, 409, 413, 422, 429, 503),
)
async def escalate(
    request: Request, caller: Caller, review_id: str, asked: EscalationBody
) -> EscalationAnswer:
    """Ask on-call to look at the case, or send it to another desk, which ends your claim. Asking
    again updates the same page."""
    doors = doors_of(request)
    if asked.to == ONCALL:
        case_id = await DeskWork(doors).escalate(caller, review_id, asked.reason)
    else:
        case_id = await SendingOn(doors).escalate(caller, review_id, asked.to, asked.reason)
    return EscalationAnswer(case_id=case_id, reason=ASKED, to=asked.to)


def _etag(request: Request) -> str:
    return etag_of(request.headers.get("if-match", ""))


def _answer(shown: Shown) -> JSONResponse:
    headers = {"ETag": f'"{shown.etag}"'} if shown.etag else {}
    return JSONResponse(
        shown.model_dump(mode="json", exclude={"etag", "media_hidden"}), headers=headers
    )
