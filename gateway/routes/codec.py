"""The codec server of the Temporal UI: payloads in the clear, for people on call."""

import ipaddress
from collections.abc import Mapping
from typing import cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from casework.errors import Forbidden, Malformed, NotFound
from gateway.console.sessions import signed_in
from gateway.doors import Doors, doors_of
from gateway.ports import Codec, Payload
from gateway.reading import CappedRequest
from gateway.who import ON_CALL, bearer_token, demand

router = APIRouter(prefix="/codec", include_in_schema=False)
_ALLOWED = "authorization, content-type, x-namespace"


@router.options("/{way}")
async def preflight(request: Request) -> Response:
    return Response(status_code=204, headers=_cors(request))


@router.post("/decode")
async def decode(request: Request) -> Response:
    codec, payloads = await _asked(request)
    return JSONResponse({"payloads": await codec.decode(payloads)}, headers=_cors(request))


@router.post("/encode")
async def encode(request: Request) -> Response:
    codec, payloads = await _asked(request)
    return JSONResponse({"payloads": await codec.encode(payloads)}, headers=_cors(request))


async def _asked(request: Request) -> tuple[Codec, list[Payload]]:
    doors = doors_of(request)
    if doors.codec is None:
        raise NotFound("there is no codec here")
    _refuse_other_sites(request, doors)
    if not _is_local(request, doors):
        await _demand_on_call(request, doors)
    settings = doors.settings
    capped = CappedRequest(request.scope, request.receive, settings, settings.codec_cap_bytes)
    body = await capped.json()
    payloads = body.get("payloads") if isinstance(body, Mapping) else None
    if not isinstance(payloads, list) or not all(isinstance(each, dict) for each in payloads):
        raise Malformed("a list of payloads is needed")
    return doors.codec, cast(list[Payload], payloads)


def _refuse_other_sites(request: Request, doors: Doors) -> None:
    """A page from elsewhere must not read payloads through the browser of somebody on call."""
    origin = request.headers.get("origin")
    if origin is not None and origin not in doors.settings.codec_origins:
        raise Forbidden("not from this origin")


def _is_local(request: Request, doors: Doors) -> bool:
    if not doors.settings.codec_open_on_loopback or request.client is None:
        return False
    if {"forwarded", "x-forwarded-for"} & set(request.headers):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def _demand_on_call(request: Request, doors: Doors) -> None:
    if "authorization" in request.headers:
        person = await doors.store.staff.authenticate(bearer_token(request))
    else:
        person = (await signed_in(request)).person
    demand(person, ON_CALL)


def _cors(request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    if origin is None or origin not in doors_of(request).settings.codec_origins:
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": _ALLOWED,
        "Access-Control-Max-Age": "600",
    }
