"""The gateway as one application, built from what it is given."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import RedirectResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from casework.detection import Detection
from casework.errors import CaseworkError, Unauthenticated
from gateway.answers import BatchLine
from gateway.console import (
    action_pages,
    appeal_pages,
    case_pages,
    desk_pages,
    files,
    flow,
    hold_pages,
    live_pages,
    me_pages,
    media_pages,
    oidc_pages,
    passing_pages,
    password_pages,
    quality_pages,
    recall_pages,
    session_pages,
    signing_in,
    signing_out,
)
from gateway.console.pages import Pages, is_swap
from gateway.console.refusals import say
from gateway.courier import Courier
from gateway.doors import Doors, doors_of
from gateway.live import Live
from gateway.metrics import Metrics
from gateway.problems import (
    UNKNOWN,
    Problem,
    Refusal,
    answer,
    codes,
    malformed,
    problem,
    refusal_of,
)
from gateway.rates import Rates
from gateway.routes import (
    accounts,
    actions,
    appeals,
    batches,
    callbacks,
    cases,
    codec,
    decisions,
    detections,
    figures,
    holds,
    machines,
    me,
    media,
    passing_on,
    profiles,
    quality,
    recalls,
    reviews,
)
from gateway.surroundings import Surroundings

_FOR_PEOPLE = ("/console/", "/appeals/")
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""FastAPI's own names whole addresses (tokens of appeals, account ids) and messages of errors."""
_ABOUT = (
    "Detections in, decisions and appeals by people, and how cases stand. Errors are problem"
    " details (RFC 9457) with a stable `code`. Every POST takes an `Idempotency-Key`."
)


def build(doors: Doors) -> FastAPI:
    """The application. Nothing is connected or started before its first request."""
    app = FastAPI(
        title="Casework", version="1", docs_url=None, redoc_url=None, telemetry=_NO_TELEMETRY
    )
    metrics = Metrics()
    app.state.doors = doors
    app.state.metrics = metrics
    app.state.rates = Rates(doors.clock)
    app.state.pages = Pages(doors.clock)
    app.state.courier = Courier(doors)
    app.state.live = Live(doors.store, doors.lookout, doors.settings.live, doors.clock)
    metrics.listen_to(lambda: app.state.live.listening)
    for router in (
        me.router, quality.router, quality_pages.router, me_pages.router,
        batches.router, detections.router, cases.router, accounts.router, reviews.claims,
        reviews.router, passing_on.router, profiles.router,
        decisions.router, actions.router, appeals.appeals, appeals.router,
        recalls.router, callbacks.router, holds.router, media.router, machines.router, codec.router,
        files.router, signing_in.router, signing_out.router, oidc_pages.router,
        desk_pages.router, flow.router, passing_pages.router, media_pages.router, case_pages.router,
        action_pages.router, hold_pages.router, recall_pages.router, session_pages.router,
        password_pages.router, appeal_pages.router, live_pages.router, figures.router,
    ):  # fmt: skip
        app.include_router(router)
    app.add_exception_handler(CaseworkError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_malformed)
    app.add_exception_handler(HTTPException, _refuse_unknown)
    app.add_middleware(Surroundings, metrics=metrics, is_https=doors.settings.is_https)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaseworkError)  # what it is registered for
    is_for_people = request.url.path.startswith("/console/")
    if isinstance(error, Unauthenticated) and is_for_people and not is_swap(request):
        return _to_sign_in(request)
    wait = doors_of(request).settings.retry_after.total_seconds()
    return _say(request, refusal_of(error, wait))


async def _refuse_malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # what it is registered for
    said = malformed(error.errors())
    return _say(request, Refusal(said, {}, said.detail))


async def _refuse_unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    status = error.status_code
    code = UNKNOWN.get(status, "refused")
    said = problem(status, code, HTTPStatus(status).description or HTTPStatus(status).phrase)
    return _say(request, Refusal(said, dict(error.headers or {}), said.detail))


def _say(request: Request, refusal: Refusal) -> Response:
    if not request.url.path.startswith(_FOR_PEOPLE):
        return answer(refusal.problem, refusal.headers)
    return say(request, refusal)


def _to_sign_in(request: Request) -> Response:
    if request.method != "GET":
        return RedirectResponse("/console/sign-in", 303)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/console/sign-in?next={quote(request.url.path + query)}", 303)


def _about() -> str:
    rows = [f"| `{code}` | {status} | {title} |" for code, (status, title) in codes().items()]
    return "\n".join([_ABOUT, "", "| code | status | |", "|---|---|---|", *rows])


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        described = get_openapi(
            title="Casework", version="1", description=_about(), routes=app.routes
        )
        parts = described.setdefault("components", {})
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schemas = parts.setdefault("schemas", {})
        for model in (Problem, BatchLine, Detection):
            shape = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, part in shape.pop("$defs", {}).items():
                schemas.setdefault(name, part)
            schemas.setdefault(model.__name__, shape)
        app.openapi_schema = described
    return app.openapi_schema
