"""Holding a review, giving it to a colleague, leaving it to others."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from casework.base import Model, Moment, Name
from casework.words import SkipReason
from gateway.answers import Words
from gateway.desk import etag_of
from gateway.door import Door
from gateway.doors import doors_of
from gateway.passing_on import PassingOn
from gateway.problems import documented
from gateway.routes.reviews import IF_MATCH
from gateway.who import DESK, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["reviews"])
_REFUSALS = documented(401, 403, 409, 412, 413, 422, 428, 429, 503)
_PASSING = open_to(DESK, "writes") | IF_MATCH


class HoldingBody(Model):
    """`reason` is for colleagues, stored sealed, never sent."""

    until: Moment
    reason: Words


class HandingOverBody(Model):
    """`to` names the colleague; `reason` is for them, stored sealed, never sent."""

    to: Name
    reason: Words


class SkippingBody(Model):
    reason: SkipReason
    words: Annotated[str, Field(max_length=4_000)] = ""
    """For colleagues, if one wants to say more."""


class Colleagues(Model):
    items: tuple[Name, ...]
    next: None = None


@router.post(
    "/reviews/{review_id}/hold", status_code=204, openapi_extra=_PASSING, responses=_REFUSALS
)
async def put_it_aside(request: Request, caller: Caller, review_id: str, body: HoldingBody) -> None:
    """Put your review aside until a moment, at most a day and never beyond its deadline.

    Then it waits for you again for one lease, and after that for anybody.
    """
    passing = PassingOn(doors_of(request))
    await passing.hold(caller, review_id, _etag(request), body.until, body.reason)


@router.post(
    "/reviews/{review_id}/hand-over", status_code=204, openapi_extra=_PASSING, responses=_REFUSALS
)
async def give_it_to_a_colleague(
    request: Request, caller: Caller, review_id: str, body: HandingOverBody
) -> None:
    """Keep your review for a colleague for one lease, and after that for anybody."""
    passing = PassingOn(doors_of(request))
    await passing.hand_over(caller, review_id, _etag(request), body.to, body.reason)


@router.post(
    "/reviews/{review_id}/skip", status_code=204, openapi_extra=_PASSING, responses=_REFUSALS
)
async def leave_it_to_others(
    request: Request, caller: Caller, review_id: str, body: SkippingBody
) -> None:
    """Put your review back and do not be served it again for a while.

    `know_the_person`: never again, nor anything else of that account or that it reported.
    """
    passing = PassingOn(doors_of(request))
    await passing.skip(caller, review_id, _etag(request), body.reason, body.words)


@router.get(
    "/reviews/{review_id}/colleagues",
    openapi_extra=open_to(DESK, "reads"),
    responses=documented(401, 403, 404, 429, 503),
)
async def name_the_colleagues(request: Request, caller: Caller, review_id: str) -> Colleagues:
    """Whom your review may be handed to: their scope, profile and relations allow it."""
    passing = PassingOn(doors_of(request))
    return Colleagues(items=await passing.colleagues(caller, review_id))


def _etag(request: Request) -> str:
    return etag_of(request.headers.get("if-match", ""))
