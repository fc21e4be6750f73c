"""The door to the console's pages: signed in, of the right role, and every form one of ours."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from casework.words import Role
from gateway.console.sessions import SignedIn, demand_ours, signed_in
from gateway.door import Handler
from gateway.doors import doors_of
from gateway.rates import Rates
from gateway.reading import CappedRequest, refuse_unprintable
from gateway.who import demand

ROLES = "x-roles"


class PageDoor(APIRoute):
    """Leaves `request.state.signed_in`, and for a form `request.state.filled_in`."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def enter(request: Request) -> Response:
            who = await signed_in(request)
            request.state.signed_in = who
            refuse_unprintable(request)
            doors = doors_of(request)
            rates: Rates = request.app.state.rates
            if request.method != "POST":
                rates.count(who.person.id, "reads", doors.settings.quotas.reads)
                demand(who.person, self._roles())
                return await inner(request)
            rates.count(who.person.id, "writes", doors.settings.quotas.writes)
            capped = CappedRequest(request.scope, request.receive, doors.settings)
            await capped.body()
            async with capped.form() as filled_in:
                demand_ours(who.session, filled_in.get("csrf"))
                demand(who.person, self._roles())
                request.state.filled_in = filled_in
                return await inner(capped)

        return enter

    def _roles(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in (self.openapi_extra or {})[ROLES])


def for_roles(roles: frozenset[Role]) -> dict[str, list[str]]:
    return {ROLES: sorted(roles)}


def who_is(request: Request) -> SignedIn:
    who: SignedIn = request.state.signed_in
    return who


def field(request: Request, name: str) -> str:
    """A field of the form that was sent, empty without one."""
    filled_in: FormData = request.state.filled_in
    value = filled_in.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def field_as_typed(request: Request, name: str) -> str:
    """The same with every space in it, as a password has them."""
    filled_in: FormData = request.state.filled_in
    value = filled_in.get(name, "")
    return value if isinstance(value, str) else ""


def fields(request: Request, name: str) -> list[str]:
    filled_in: FormData = request.state.filled_in
    return [value for value in filled_in.getlist(name) if isinstance(value, str)]


def to(path: str, said: str = "", more: str = "") -> RedirectResponse:
    """See another page, which says what was done."""
    return RedirectResponse(f"{path}?said={quote(said)}{more}" if said else path, 303)
