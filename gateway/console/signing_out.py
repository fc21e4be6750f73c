"""Signing out: here, at the identity provider too, and because somebody has signed out there."""

import hashlib
import secrets
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from casework.errors import NotFound, Permanent, Transient
from gateway.console.door import to
from gateway.console.pages import pages_of
from gateway.console.sealed import SealedCookie
from gateway.console.sessions import demand_ours, end, shown, signed_in
from gateway.console.signing_in import SIGN_IN
from gateway.doors import doors_of
from gateway.rates import Rates
from gateway.reading import CappedRequest
from gateway.routes.appeals import address_of
from storage.sessions import Way

router = APIRouter(prefix="/console", include_in_schema=False)
OUT = "/console/sign-out"
BACK = "/console/sign-in/oidc/signed-out"
_LASTS = timedelta(minutes=10)
_PROOF = SealedCookie("casework_proof", samesite="strict", path=OUT)
"""The id token, which only signing out needs, and only this session's."""
_LEAVING = SealedCookie("casework_leaving", samesite="lax")
_TOLD_BY = "oidc:signed-out"
_log = structlog.get_logger("gateway")


def keep_proof(request: Request, answer: Response, proof: SecretStr, session: str) -> None:
    """Leave the id token with the browser, to be shown to the provider when its owner signs out."""
    lasts = doors_of(request).settings.session
    _PROOF.keep(request, answer, proof.get_secret_value().encode(), session, lasts)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """The session here ends, whatever the provider does. Whoever came from there is led there."""
    who = await signed_in(request)
    demand_ours(who.session, await _field(request, "csrf"))
    if who.session.record.way is Way.OIDC and doors_of(request).identities is not None:
        answer = await _lead_out(request)
    else:
        answer = to(SIGN_IN, "out")
    await end(request, answer)
    _PROOF.take_back(request, answer)
    return answer


async def _lead_out(request: Request) -> Response:
    """A page that leads on by itself: a form of ours may not end at another site."""
    state = secrets.token_urlsafe(32)
    address = await _address(request, state)
    if address is None:
        return to(SIGN_IN, "here")
    answer = pages_of(request).show(request, "signed_out_here.html", onward=address)
    answer.headers["Referrer-Policy"] = "no-referrer"
    _LEAVING.keep(request, answer, state.encode(), "sign-out", _LASTS)
    return answer


async def _address(request: Request, state: str) -> str | None:
    doors = doors_of(request)
    assert doors.identities is not None  # whoever asks has looked
    proof = _PROOF.opened(request, shown(request))
    told = None if proof is None else SecretStr(proof.decode())
    try:
        return await doors.identities.way_out(told, state, f"{doors.settings.public_url}{BACK}")
    except (Transient, Permanent) as error:
        _log.warning("sign_out_there_failed", code=error.code)
        return None


@router.get("/sign-in/oidc/signed-out")
async def come_back(request: Request, state: str = "") -> Response:
    """From the provider, after signing out there. It says so only to whoever we sent."""
    sent = _LEAVING.opened(request, "sign-out")
    is_ours = sent is not None and secrets.compare_digest(sent, state.encode("utf-8", "replace"))
    answer = to(SIGN_IN, "there" if is_ours else "")
    _LEAVING.take_back(request, answer)
    return answer


@router.post("/sign-in/oidc/sign-out")
async def signed_out_there(request: Request) -> Response:
    """The provider says that somebody's session there is over: all of theirs here end.

    The same token again does nothing. What is not genuine is refused with 400, what we could not
    check or write down with 503.

    Source: OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8.
    """
    doors = doors_of(request)
    if doors.identities is None:
        raise NotFound("no identity provider is set up here")
    rates: Rates = request.app.state.rates
    rates.count(address_of(request), "sign-outs", doors.settings.quotas.callbacks)
    try:
        await _end_theirs(request, await _field(request, "logout_token"))
    except Transient as error:
        _log.warning("sign_out_from_there_not_taken", code=error.code)
        return JSONResponse({"error": "temporarily_unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    except Permanent as error:
        _log.warning("sign_out_from_there_refused", code=error.code)
        return JSONResponse({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST)
    return Response(status_code=HTTPStatus.OK)


async def _end_theirs(request: Request, logout_token: str) -> None:
    doors = doors_of(request)
    assert doors.identities is not None  # whoever asks has looked
    said = await doors.identities.signed_out(logout_token)
    books, digest = doors.store.idempotency, hashlib.sha256(logout_token.encode()).digest()
    if await books.remember(_TOLD_BY, said.message_id, digest) is not None:
        return
    done = False
    try:
        await doors.store.logins.end_sessions_by(said.identity)
        await books.keep(_TOLD_BY, said.message_id, digest, HTTPStatus.OK, b"", {})
        done = True
    finally:
        if not done:
            await books.drop(_TOLD_BY, said.message_id)


async def _field(request: Request, name: str) -> str:
    capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
    await capped.body()
    async with capped.form() as filled_in:
        value = filled_in.get(name, "")
        return value if isinstance(value, str) else ""
