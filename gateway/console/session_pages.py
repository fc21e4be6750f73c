"""Where a person sees where they are signed in, and ends what they do not know."""

from fastapi import APIRouter, Request, Response

from gateway.console.door import PageDoor, for_roles, to, who_is
from gateway.console.pages import pages_of
from gateway.console.texts import marked
from gateway.doors import doors_of
from gateway.who import STAFF
from storage.sessions import Way

router = APIRouter(
    prefix="/console/me/sessions",
    route_class=PageDoor,
    include_in_schema=False,
)
HERE = "/console/me/sessions"
_SAID = {
    "ended": marked("That session is over."),
    "password": marked("Your password is changed. Every other session of yours is over."),
}
_WAYS = {
    Way.TOKEN: marked("with a token"),
    Way.PASSWORD: marked("with a password"),
    Way.OIDC: marked("by your organisation"),
}


@router.get("", openapi_extra=for_roles(STAFF))
async def my_sessions(request: Request, said: str = "") -> Response:
    doors, who = doors_of(request), who_is(request)
    has_password = await doors.store.logins.username_of(who.person.id) is not None
    mine = await doors.store.sessions.of(who.person.id, doors.settings.session_idle)
    return pages_of(request).show(
        request,
        "sessions.html",
        sessions=mine,
        ways=_WAYS,
        this=who.session.record.name,
        said=_SAID.get(said, ""),
        has_password=has_password,
    )


@router.post("/{name}/end", openapi_extra=for_roles(STAFF))
async def end_a_session(request: Request, name: str) -> Response:
    """End one of your own. Another's, or one that is over, changes nothing."""
    await doors_of(request).store.sessions.end_named(who_is(request).person.id, name)
    return to(HERE, "ended")
