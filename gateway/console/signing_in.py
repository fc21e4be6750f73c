"""Signing in."""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from casework.errors import Forbidden, Unauthenticated
from casework.records import Person
from gateway.console.pages import pages_of
from gateway.console.sessions import begin
from gateway.console.texts import marked
from gateway.doors import doors_of
from gateway.rates import Rates
from gateway.reading import CappedRequest
from gateway.routes.appeals import address_of
from gateway.who import STAFF, demand
from storage.logins import plain_username
from storage.passwords import LONGEST
from storage.sessions import Way

router = APIRouter(prefix="/console", include_in_schema=False)
HOME = "/console/"
SIGN_IN = "/console/sign-in"
_WRONG_TOKEN = marked("This token is not valid here.")
_WRONG_PASSWORD = marked("This username and password do not go together here.")
_SAID = {
    "out": marked("You are signed out."),
    "there": marked("You are signed out, here and at your organisation."),
    "here": marked("You are signed out here. At your organisation you may still be signed in."),
}

Known = Callable[[], Awaitable[Person]]


@router.get("/sign-in")
async def sign_in_page(request: Request, next: str = HOME, said: str = "") -> Response:
    return await ways_in(request, next=next, said=_SAID.get(said, ""))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """A token of anybody but a detector begins a session."""
    filled_in = await _knock(request)
    token = _text(filled_in, "token").strip()[:256]
    staff = doors_of(request).store.staff
    return await _let_in(
        request, Way.TOKEN, lambda: staff.authenticate(token), _WRONG_TOKEN,
        next=_text(filled_in, "next"),
    )  # fmt: skip


@router.post("/sign-in/password")
async def sign_in_by_password(request: Request) -> Response:
    """Guesses count for the address they come from and for the username they are at."""
    filled_in = await _knock(request)
    username, password = _text(filled_in, "username"), _text(filled_in, "password")
    count_guess(request, username)
    logins = doors_of(request).store.logins
    return await _let_in(
        request, Way.PASSWORD, lambda: logins.by_password(username, password[: LONGEST + 1]),
        _WRONG_PASSWORD, next=_text(filled_in, "next"), username=username[:200],
    )  # fmt: skip


async def ways_in(request: Request, status: int = HTTPStatus.OK, **shown: Any) -> Response:
    """The page with every way in that is set up here. `wrong` says why the last one failed."""
    usual = {"wrong": "", "said": "", "way": "", "username": ""}
    shown["next"] = ours(str(shown["next"]))
    doors = doors_of(request)
    set_up = {
        "by_password": await doors.store.logins.has_passwords(),
        "elsewhere": doors.identities.name if doors.identities else "",
    }
    return pages_of(request).show(request, "sign_in.html", status, **usual | set_up | shown)


async def _let_in(
    request: Request, way: Way, known: Known, wrong: str, **filled_in: str
) -> Response:
    try:
        person = await known()
        demand(person, STAFF)
    except (Unauthenticated, Forbidden):
        status = HTTPStatus.UNAUTHORIZED
        return await ways_in(request, status, wrong=wrong, way=way.value, **filled_in)
    answer = RedirectResponse(ours(filled_in["next"]), 303)
    await begin(request, answer, person, way)
    return answer


async def _knock(request: Request) -> FormData:
    """What somebody filled in who wants in.

    Raises:
        Forbidden, TooMany.
    """
    _refuse_other_sites(request)
    count_sign_in(request)
    return await _form(request)


async def _form(request: Request) -> FormData:
    capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
    await capped.body()
    async with capped.form() as filled_in:
        return filled_in


def count_sign_in(request: Request) -> None:
    """Raises TooMany."""
    _count(request, address_of(request), "sign-ins")


def count_guess(request: Request, username: str) -> None:
    """At one person's password, from wherever. Raises TooMany."""
    _count(request, _digest(plain_username(username)), "sign-ins with one username")


def _count(request: Request, caller: str, kind: str) -> None:
    rates: Rates = request.app.state.rates
    rates.count(caller, kind, doors_of(request).settings.quotas.sign_ins)


def _text(filled_in: FormData, name: str) -> str:
    value = filled_in.get(name, "")
    return value if isinstance(value, str) else ""


def _digest(username: str) -> str:
    return hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()


def ours(path: str) -> str:
    """The path within the console to go on to; anything else is the console's first page."""
    parts = urlsplit(path)
    is_ours = path.startswith(HOME) and not (parts.scheme or parts.netloc) and "\\" not in path
    return path if is_ours and path.isprintable() else HOME


def _refuse_other_sites(request: Request) -> None:
    """Nobody is to be signed in by a page from elsewhere, as somebody they are not."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("not from this origin")
