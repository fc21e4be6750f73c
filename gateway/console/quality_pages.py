"""How people judge: for leads by reviewer, for a reviewer their own."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from casework.errors import Malformed
from gateway.console.door import PageDoor, field, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.said import sentence
from gateway.doors import doors_of
from gateway.golden import GoldenBody, GoldenDesk
from gateway.quality import QualityDesk
from gateway.who import DESK, LEADS, QUALITY_READERS

router = APIRouter(prefix="/console/quality", route_class=PageDoor, include_in_schema=False)
HERE = "/console/quality"


@router.get("", openapi_extra=for_roles(QUALITY_READERS))
async def quality(request: Request, policy: str = "", said: str = "") -> Response:
    doors, person = doors_of(request), who_is(request).person
    is_lead = person.role in LEADS
    return pages_of(request).show(
        request,
        "quality.html",
        quality=await QualityDesk(doors).figures(person, policy or None),
        golden=await GoldenDesk(doors).standing(person) if is_lead else (),
        is_lead=is_lead,
        policy=policy,
        said=sentence(said),
    )


@router.get("/me", openapi_extra=for_roles(DESK))
async def my_quality(request: Request) -> Response:
    doors, person = doors_of(request), who_is(request).person
    return pages_of(request).show(
        request, "my_quality.html", mine=await QualityDesk(doors).mine(person)
    )


@router.post("/golden", openapi_extra=for_roles(LEADS))
async def mark(request: Request) -> Response:
    try:
        body = GoldenBody.model_validate(
            {name: field(request, name) for name in ("case_id", "ruling", "why")}
        )
    except ValidationError:
        raise Malformed("a case, the right answer and why are needed") from None
    await GoldenDesk(doors_of(request)).mark(who_is(request).person, body)
    return to(HERE, "golden")


@router.post("/golden/{golden_id}/retire", openapi_extra=for_roles(LEADS))
async def retire(request: Request, golden_id: str) -> Response:
    await GoldenDesk(doors_of(request)).retire(who_is(request).person, golden_id)
    return to(HERE, "no_longer_golden")
