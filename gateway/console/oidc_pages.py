"""Signing in at an identity provider: there and back, with the question sealed in a cookie."""

import hmac
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from casework.base import Model, Moment
from casework.errors import Forbidden, NotFound, Permanent, Transient, Unauthenticated
from casework.identities import Answer, Question, Vouched, rule_for
from casework.records import Person
from gateway.console.pages import pages_of
from gateway.console.sealed import SealedCookie
from gateway.console.sessions import begin
from gateway.console.signing_in import HOME, count_sign_in, ours, ways_in
from gateway.console.signing_out import keep_proof
from gateway.console.texts import marked
from gateway.doors import Doors, doors_of
from gateway.ports import IdentityProvider
from gateway.who import STAFF, demand
from storage.sessions import Way

router = APIRouter(prefix="/console/sign-in/oidc", include_in_schema=False)
BACK = "/console/sign-in/oidc/callback"
_LASTS = timedelta(minutes=10)
_QUESTION = SealedCookie("casework_question", samesite="lax")
"""Lax, since the browser comes back from another site; sealed, since it holds the verifier."""
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
    _QUESTION.keep(request, answer, under_way.model_dump_json().encode(), _BOUND_TO, _LASTS)
    return answer


@router.get("/callback")
async def come_back(
    request: Request, code: str = "", state: str = "", iss: str | None = None
) -> Response:
    """Begin a session for whoever is known here by the identity that the provider vouches for."""
    doors, provider = _provider(request)
    count_sign_in(request)
    under_way = _opened(request)
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


async def _let_in(request: Request, found: Vouched, onward: str) -> Response:
    try:
        person = await _known_as(doors_of(request), found)
        demand(person, STAFF)
    except (Unauthenticated, Forbidden):
        return _refuse(request, found)
    # A page, not a redirect: a strict cookie is not sent along a way that began elsewhere.
    page = pages_of(request).show(request, "signed_in.html", onward=onward)
    cookie = await begin(request, page, person, Way.OIDC)
    keep_proof(request, page, found.proof, cookie)
    return _done(request, page)


async def _known_as(doors: Doors, found: Vouched) -> Person:
    """Whoever this is here, with their rights as they are from now on. Raises Unauthenticated."""
    rules = doors.settings.groups
    if rules:
        return await doors.store.by_groups.admit(found, rule_for(found.groups, rules))
    return await doors.store.logins.by_identity(found.identity.issuer, found.identity.subject)


def _refuse(request: Request, found: Vouched) -> Response:
    """Which groups they have stays unsaid: whoever asks an admin need not know what they open."""
    by_groups = bool(doors_of(request).settings.groups)
    _log.warning("sign_in_of_nobody_known", way=Way.OIDC.value, groups=len(found.groups))
    page = pages_of(request).show(
        request,
        "unknown_identity.html",
        HTTPStatus.FORBIDDEN,
        identity=found.identity,
        by_groups=by_groups,
    )
    return _done(request, page)


async def _say(request: Request, wrong: str, status: int, code: str, onward: str) -> Response:
    """The ways in, and why this one did not lead anywhere."""
    _log.warning("sign_in_refused", way=Way.OIDC.value, code=code)
    return _done(request, await ways_in(request, status, wrong=wrong, next=onward))


def _done(request: Request, answer: Response) -> Response:
    """A question is asked once. The address of this page has the code in it, so it goes nowhere."""
    _QUESTION.take_back(request, answer)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _provider(request: Request) -> tuple[Doors, IdentityProvider]:
    doors = doors_of(request)
    if doors.identities is None:
        raise NotFound("no identity provider is set up here")
    return doors, doors.identities


def _opened(request: Request) -> _UnderWay | None:
    plain = _QUESTION.opened(request, _BOUND_TO)
    try:
        under_way = _UnderWay.model_validate_json(plain or b"")
    except ValidationError:
        return None
    return under_way if doors_of(request).clock() < under_way.until else None


def _back(doors: Doors) -> str:
    return f"{doors.settings.public_url}{BACK}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
