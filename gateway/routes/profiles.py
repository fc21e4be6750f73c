"""What people can judge, what they opt out of, and whom they are tied to."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from casework.base import Model, Name, Slug
from casework.profiles import Declared, Jurisdiction, Language, Profile, Relation
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.profiles import ProfileDesk
from gateway.who import STAFF, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["staff"])
_REFUSALS: dict[int | str, dict[str, Any]] = documented(401, 403, 404, 413, 422, 429, 503)
_MANY = 200


class ProfileBody(Model):
    """No languages, or no jurisdictions: all of them. `limits` left out stay as they are."""

    languages: frozenset[Language] = frozenset()
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    skills: frozenset[Slug] = frozenset()
    opted_out: frozenset[Slug] = frozenset()
    limits: dict[Slug, Annotated[int, Field(ge=0)]] | None = None
    """How much of a severity or a harm in 24 hours, where that is less than the office allows."""


class ProfileAnswer(Model):
    person: Name
    languages: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    skills: tuple[str, ...]
    opted_out: tuple[str, ...]
    limits: dict[str, int]


class Relations(Model):
    """What somebody is tied to: their own accounts, and those of people they know."""

    items: Annotated[tuple[Relation, ...], Field(max_length=_MANY)]


class RelationsAnswer(Model):
    items: tuple[Declared, ...]
    next: None = None


@router.get("/staff/{person}/profile", openapi_extra=open_to(STAFF, "reads"), responses=_REFUSALS)
async def show_a_profile(request: Request, caller: Caller, person: str) -> ProfileAnswer:
    """One's own; anybody's for leads and admins."""
    return _answer(await ProfileDesk(doors_of(request)).profile(caller, person))


@router.put("/staff/{person}/profile", openapi_extra=open_to(STAFF, "writes"), responses=_REFUSALS)
async def write_a_profile(
    request: Request, caller: Caller, person: str, body: ProfileBody
) -> ProfileAnswer:
    """For leads and admins. Of one's own profile anybody may change `opted_out`."""
    desk = ProfileDesk(doors_of(request))
    before = await desk.profile(caller, person)
    wanted = {name: value for name, value in dict(body).items() if value is not None}
    return _answer(await desk.change(caller, before.model_copy(update=wanted)))


@router.get("/staff/{person}/relations", openapi_extra=open_to(STAFF, "reads"), responses=_REFUSALS)
async def show_relations(request: Request, caller: Caller, person: str) -> RelationsAnswer:
    """One's own; anybody's for leads and admins."""
    return RelationsAnswer(items=await ProfileDesk(doors_of(request)).relations(caller, person))


@router.put(
    "/staff/{person}/relations", openapi_extra=open_to(STAFF, "writes"), responses=_REFUSALS
)
async def declare_relations(
    request: Request, caller: Caller, person: str, body: Relations
) -> RelationsAnswer:
    """The accounts whose cases, and whose reports, this person is never served.

    Anybody may add to their own; only somebody else who leads may leave one out.
    """
    desk = ProfileDesk(doors_of(request))
    return RelationsAnswer(items=await desk.relate(caller, person, body.items))


def _answer(profile: Profile) -> ProfileAnswer:
    lists = ("languages", "jurisdictions", "skills", "opted_out")
    return ProfileAnswer(
        person=profile.person,
        limits=profile.limits,
        **{name: tuple(sorted(getattr(profile, name))) for name in lists},
    )
