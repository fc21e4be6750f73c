"""Signing in at an identity provider: there and back, with the question sealed in a cookie."""

import hashlib
import hmac
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from casework.base import Model, Moment
from casework.errors import Forbidden, Gone, NotFound, Permanent, Transient, Unauthenticated
from casework.identities import Answer, Identity, Question
from gateway.console.pages import pages_of
from gateway.console.sessions import begin
from gateway.console.signing_in import HOME, count_sign_in, ours, ways_in
from gateway.console.texts import marked
from gateway.doors import Doors, doors_of
from gateway.ports import IdentityProvider
from gateway.who import STAFF, demand
from storage.keys import seal, unseal
from storage.sessions import Way

router = APIRouter(prefix="/console/sign-in/oidc", include_in_schema=False)
BACK = "/console/sign-in/oidc/callback"
COOKIE = "casework_question"
_LASTS = timedelta(minutes=10)
_BOUND_TO = "sign-in"
_AWAY = marked("Signing in there does not work at the moment. Try again, or use another way.")
_REFUSED = marked("That sign-in could not be confirmed. Please begin again.")
_log = structlog.get_logger("gateway")


class _UnderWay(Model):
    question: Question
    onward: str
    until: Moment


@router.get("")
async def go_there(request: Request, next: str = HOME) -> Response:
    """Send the browser to the provider with a new question."""
    doors, provider = _provider(request)
    count_sign_in(request)
    question = Question.new()
    try:
        address = await provider.address(question, _back(doors))
    except (Transient, Permanent) as error:
        return await _say(request, _AWAY, HTTPStatus.SERVICE_UNAVAILABLE, error.code, next)
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    under_way = _UnderWay(question=question, onward=ours(next), until=doors.clock() + _LASTS)
    _keep(doors, answer, under_way)
    return answer


@router.get("/callback")
async def come_back(
    request: Request, code: str = "", state: str = "", iss: str | None = None
) -> Response:
    """Begin a session for whoever is bound to the identity that the provider vouches for."""
    doors, provider = _provider(request)
    count_sign_in(request)
    under_way = _opened(doors, request.cookies.get(_name(doors), ""))
    if under_way is None or not _same(under_way.question.state, state):
        return await _say(request, _REFUSED, HTTPStatus.UNAUTHORIZED, "not_asked", HOME)
    question, onward = under_way.question, under_way.onward
    if not code:  # they said no there
        return await _say(request, _REFUSED, HTTPStatus.UNAUTHORIZED, "no_code", onward)
    try:
        found = await provider.identity(question, Answer(code=code, issuer=iss), _back(doors))
    except Transient as error:
        return await _say(request, _AWAY, HTTPStatus.SERVICE_UNAVAILABLE, error.code, onward)
    except Permanent as error:
        return await _say(request, _REFUSED, HTTPStatus.UNAUTHORIZED, error.code, onward)
    return await _let_in(request, found, onward)


async def _let_in(request: Request, found: Identity, onward: str) -> Response:
    doors = doors_of(request)
    try:
        person = await doors.store.logins.by_identity(found.issuer, found.subject)
        demand(person, STAFF)
    except (Unauthenticated, Forbidden):
        _log.warning("sign_in_of_nobody_known", way=Way.OIDC.value)
        return _done(
            request,
            pages_of(request).show(
                request, "unknown_identity.html", HTTPStatus.FORBIDDEN, identity=found
            ),
        )
    # A page, not a redirect: a strict cookie is not sent along a way that began elsewhere.
    page = pages_of(request).show(request, "signed_in.html", onward=onward)
    await begin(request, page, person, Way.OIDC)
    return _done(request, page)


async def _say(request: Request, wrong: str, status: int, code: str, onward: str) -> Response:
    """The ways in, and why this one did not lead anywhere."""
    _log.warning("sign_in_refused", way=Way.OIDC.value, code=code)
    return _done(request, await ways_in(request, status, wrong=wrong, next=onward))


def _done(request: Request, answer: Response) -> Response:
    """A question is asked once. The address of this page has the code in it, so it goes nowhere."""
    doors = doors_of(request)
    answer.delete_cookie(
        _name(doors), path="/", secure=doors.settings.is_https, httponly=True, samesite="lax"
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _provider(request: Request) -> tuple[Doors, IdentityProvider]:
    doors = doors_of(request)
    if doors.identities is None:
        raise NotFound("no identity provider is set up here")
    return doors, doors.identities


def _keep(doors: Doors, answer: Response, under_way: _UnderWay) -> None:
    """Lax, since the browser comes back from another site; sealed, since it holds the verifier."""
    sealed = seal(_key(doors), under_way.model_dump_json().encode(), _BOUND_TO)
    answer.set_cookie(
        _name(doors),
        sealed.hex(),
        max_age=int(_LASTS.total_seconds()),
        path="/",
        secure=doors.settings.is_https,
        httponly=True,
        samesite="lax",
    )


def _opened(doors: Doors, cookie: str) -> _UnderWay | None:
    try:
        plain = unseal(_key(doors), bytes.fromhex(cookie), _BOUND_TO)
        under_way = _UnderWay.model_validate_json(plain)
    except (Gone, ValueError, ValidationError):
        return None
    return under_way if doors.clock() < under_way.until else None


def _key(doors: Doors) -> bytes:
    return hmac.digest(doors.keyring.tokens, b"question", hashlib.sha256)


def _name(doors: Doors) -> str:
    return f"__Host-{COOKIE}" if doors.settings.is_https else COOKIE


def _back(doors: Doors) -> str:
    return f"{doors.settings.public_url}{BACK}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
