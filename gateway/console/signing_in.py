"""Signing in and out."""

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from casework.errors import Forbidden, Unauthenticated
from gateway.console.door import to
from gateway.console.pages import pages_of
from gateway.console.sessions import COOKIE, Sessions, demand_ours, signed_in
from gateway.doors import doors_of
from gateway.rates import Rates
from gateway.reading import CappedRequest
from gateway.who import STAFF, demand

router = APIRouter(prefix="/console", include_in_schema=False)
HOME = "/console/"


@router.get("/sign-in")
async def sign_in_page(request: Request, next: str = HOME) -> Response:
    return pages_of(request).show(request, "sign_in.html", wrong=False, next=_ours(next))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """A token of anybody but a detector begins a session."""
    doors = doors_of(request)
    _refuse_other_sites(request)
    rates: Rates = request.app.state.rates
    address = request.client.host if request.client else "unknown"
    rates.count(address, "sign-ins", doors.settings.quotas.sign_ins)
    capped = CappedRequest(request.scope, request.receive, doors.settings)
    await capped.body()
    async with capped.form() as filled_in:
        token, onward = str(filled_in.get("token", "")), _ours(str(filled_in.get("next", "")))
    try:
        demand(await doors.store.staff.authenticate(token.strip()[:256]), STAFF)
    except (Unauthenticated, Forbidden):
        status = HTTPStatus.UNAUTHORIZED
        return pages_of(request).show(request, "sign_in.html", status, wrong=True, next=onward)
    sessions: Sessions = request.app.state.sessions
    answer = RedirectResponse(onward, 303)
    answer.set_cookie(
        COOKIE,
        sessions.begin(token.strip()),
        max_age=int(doors.settings.session.total_seconds()),
        path="/",
        secure=doors.settings.is_https,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    doors = doors_of(request)
    who = await signed_in(request)
    capped = CappedRequest(request.scope, request.receive, doors.settings)
    await capped.body()
    async with capped.form() as filled_in:
        demand_ours(who.session, filled_in.get("csrf"))
    sessions: Sessions = request.app.state.sessions
    sessions.end(request.cookies.get(COOKIE, ""))
    answer = to("/console/sign-in")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _ours(path: str) -> str:
    """The path within the console to go on to; anything else is the console's first page."""
    parts = urlsplit(path)
    is_ours = path.startswith(HOME) and not (parts.scheme or parts.netloc) and "\\" not in path
    return path if is_ours and path.isprintable() else HOME


def _refuse_other_sites(request: Request) -> None:
    """Nobody is to be signed in by a page from elsewhere, as somebody they are not."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("not from this origin")
