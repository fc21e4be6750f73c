"""Who is calling, and what each role may ask for."""

from typing import Annotated, Any, cast

from fastapi import Depends, Request

from casework.errors import Forbidden, Unauthenticated
from casework.records import Person
from casework.words import Role

STAFF = frozenset(Role) - {Role.DETECTOR}
DESK = frozenset(role for role in Role if role.holds_reviews)
"""Who may hold reviews."""
OVERSIGHT = STAFF - {Role.REVIEWER}
"""Who may look at any case in scope, without its content. A reviewer sees what they hold."""
ORDERING = frozenset({Role.LEAD, Role.ONCALL, Role.ADMIN})
"""Who may order something about an action: extend, shorten, release, cancel, write off."""
ON_CALL = frozenset({Role.ONCALL, Role.ADMIN})
RECALLERS = frozenset({Role.ONCALL, Role.LEAD, Role.POLICY, Role.ADMIN})
"""Who may plan, approve and steer a recall. Detectors, reviewers and auditors may not."""
NOTICE_READERS = frozenset({Role.AUDITOR, Role.ONCALL, Role.LEAD, Role.ADMIN})
QUALITY_READERS = frozenset({Role.LEAD, Role.POLICY, Role.AUDITOR, Role.ADMIN})
LEADS = frozenset({Role.LEAD})
"""Who may say what the right answer is."""
DETECTORS = frozenset({Role.DETECTOR})


def open_to(roles: frozenset[Role], quota: str) -> dict[str, Any]:
    """What a route says of itself in OpenAPI, and what the door then holds it to."""
    return {
        "x-roles": sorted(roles),
        "x-quota": quota,
        "security": [{"token": []}],
    }


def bearer_token(request: Request) -> str:
    """The token shown.

    Raises:
        Unauthenticated: none is, or nothing that could be one.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("a bearer token is needed")
    return token


def demand(person: Person, roles: frozenset[Role]) -> None:
    """Raises Forbidden unless the person has one of the roles."""
    if person.role not in roles:
        raise Forbidden("this is not for the role %(role)s", role=person.role)


def _caller(request: Request) -> Person:
    return cast(Person, request.state.caller)


Caller = Annotated[Person, Depends(_caller)]
"""Whoever the door let in."""
