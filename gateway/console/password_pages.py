"""Where somebody who signs in by a password chooses another."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from casework.errors import Malformed, NotFound, Unauthenticated
from gateway.console.door import PageDoor, field_as_typed, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.session_pages import HERE as SESSIONS
from gateway.console.sessions import begin
from gateway.console.signing_in import count_guess
from gateway.console.texts import marked
from gateway.doors import doors_of
from gateway.who import STAFF
from storage.passwords import LONGEST, SHORTEST
from storage.sessions import Way

router = APIRouter(prefix="/console/me/password", route_class=PageDoor, include_in_schema=False)
_NOT_YOURS = marked("That is not your password of now.")
_DIFFERENT = marked("The two new ones are not the same.")
_UNFIT = marked("It needs 12 to 256 characters, and must not be your username.")


@router.get("", openapi_extra=for_roles(STAFF))
async def password_page(request: Request) -> Response:
    return await _page(request)


@router.post("", openapi_extra=for_roles(STAFF))
async def change_password(request: Request) -> Response:
    """Every session of this person ends, and a new one begins here."""
    logins, person = doors_of(request).store.logins, who_is(request).person
    username = await _username(request)
    count_guess(request, username)
    now, new = field_as_typed(request, "now"), field_as_typed(request, "new")
    if new != field_as_typed(request, "again"):
        return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, _DIFFERENT)
    try:
        await logins.by_password(username, now)
        await logins.set_password(person.id, new, username, by=person.id)
    except Unauthenticated:
        return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, _NOT_YOURS)
    except Malformed:
        return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT)
    answer = to(SESSIONS, "password")
    await begin(request, answer, person, Way.PASSWORD)
    return answer


async def _page(request: Request, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    return pages_of(request).show(
        request,
        "password.html",
        status,
        username=await _username(request),
        problem=problem,
        shortest=SHORTEST,
        longest=LONGEST,
    )


async def _username(request: Request) -> str:
    """Raises NotFound for somebody who has no password to change."""
    username = await doors_of(request).store.logins.username_of(who_is(request).person.id)
    if username is None:
        raise NotFound("you do not sign in by a password; an admin can give you one")
    return username
