"""One handler turns errors into answers: RFC 9457, with a stable code and no content in it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import ValidationError

from casework import errors
from casework.base import Model
from casework.errors import (
    CaseworkError,
    Malformed,
    Refused,
    TakeABreak,
    TooMany,
    Transient,
    Unauthenticated,
    Unavailable,
)
from gateway.console.texts import marked

_STATUS: dict[type[CaseworkError], int] = {
    errors.Malformed: 422,
    errors.FutureDated: 422,
    errors.UnknownHarm: 422,
    errors.TooLarge: 413,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.StaleClaim: 412,
    errors.ClaimRequired: 428,
    errors.AppealWindowClosed: 410,
    errors.TooMany: 429,
    errors.Refused: 400,
    errors.Transient: 503,
}
_TITLES = {
    "malformed": "The request cannot be understood",
    "future_dated": "The detection is dated in the future",
    "unknown_harm": "There is no policy for this harm",
    "unknown_action": "Nothing here says what that action means",
    "too_large": "The request is too large",
    "unauthenticated": "You are not signed in, or your token is not valid",
    "forbidden": "You may not do this",
    "conflict_of_interest": "Somebody else has to do this one",
    "not_theirs": "This colleague may not be given this",
    "not_found": "There is no such thing, or none for you",
    "conflict": "The request conflicts with an earlier one",
    "detection_conflict": "This detection id was used with another body",
    "idempotency_conflict": "This idempotency key was used with another request",
    "already_decided": "The review is decided already",
    "already_appealed": "There is an appeal against this decision already",
    "case_closed": "The case is closed",
    "take_a_break": "It is time for a break",
    "nobody_serves_this_desk": "Nobody at that desk may decide this",
    "too_late": "It is too late for this",
    "not_approved": "Two people have to approve a recall",
    "already_approved": "You have approved this recall already",
    "plan_expired": "The plan of the recall is too old",
    "confirm_everything": "The recall matches everything: confirm it",
    "stale_claim": "The claim shown does not hold the review",
    "claim_required": "A claim is needed",
    "appeal_window_closed": "The time to appeal is over",
    "too_many": "Too many requests",
    "unavailable": "Something this needs is not answering",
    "stored_not_started": "Stored, and not started yet",
    "method_not_allowed": "This address does not take that method",
    "timeout": "The request did not arrive in time",
    "internal": "Something went wrong here",
}
UNKNOWN = {404: "not_found", 405: "method_not_allowed", 408: "timeout"}
"""Codes of what never reaches a route."""
_FIELD = re.compile(r"^[a-z][a-z0-9_]{0,40}$")

Details = Sequence[Mapping[str, Any]]
"""Validation errors as pydantic lists them."""


class FieldProblem(Model):
    """`at` is the field's path; its value is never repeated."""

    at: str
    problem: str


class Problem(Model):
    """What went wrong (RFC 9457). `code` is stable; decide on it, not on the words."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[FieldProblem, ...] | None = None


@dataclass(frozen=True)
class Refusal:
    """A problem as a page says it: its words before anything was filled into them."""

    problem: Problem
    headers: Mapping[str, str]
    words: str
    told: Mapping[str, errors.Told] = field(default_factory=dict)


class StoredNotStarted(Unavailable):
    """The detection is on record; its case starts as soon as the stories answer again."""

    code = "stored_not_started"


def status_of(error: CaseworkError) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def problem_of(error: CaseworkError | ValidationError | OverflowError) -> Problem:
    if isinstance(error, ValidationError):
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return malformed(details)
    if isinstance(error, OverflowError):
        # A moment so near the first or last year that it has none in UTC.
        return problem(422, Malformed.code, marked("a date is out of range"))
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(status, "internal", marked("The request could not be completed."))
    return problem(status, error.code, str(error) or marked("The request was refused."))


def refusal_of(error: CaseworkError, default_wait: float) -> Refusal:
    said, headers = problem_of(error), headers_of(error, default_wait)
    if isinstance(error, Refused) and error.words:
        return Refusal(said, headers, error.words, error.told)
    return Refusal(said, headers, said.detail)


def malformed(details: Details) -> Problem:
    return problem(
        422, Malformed.code, marked("The request is not valid."), field_problems(details)
    )


def problem(
    status: int, code: str, detail: str, fields: tuple[FieldProblem, ...] | None = None
) -> Problem:
    title = _TITLES.get(code) or HTTPStatus(status).phrase
    return Problem(
        type=f"urn:casework:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        errors=fields,
    )


def answer(said: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        said.model_dump(mode="json", exclude_none=True),
        said.status,
        dict(headers or {}),
        media_type="application/problem+json",
    )


def headers_of(error: CaseworkError, default_wait: float) -> dict[str, str]:
    """`Retry-After` in whole seconds on 429, 503 and for a break, `WWW-Authenticate` on 401."""
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="casework"'}
    if isinstance(error, TooMany | TakeABreak | Transient):
        named = error.retry_after
        wait = named.total_seconds() if named is not None else default_wait
        return {"Retry-After": str(max(1, math.ceil(wait)))}
    return {}


def field_problems(details: Details) -> tuple[FieldProblem, ...]:
    """At most 20 mistakes, by place. Values are left out, and so are names we do not know."""
    return tuple(_field_problem(detail) for detail in details[:20])


def _field_problem(detail: Mapping[str, Any]) -> FieldProblem:
    kind = str(detail["type"])
    # Errors of our own validators quote what they refuse.
    words = "is not valid" if kind == "value_error" else str(detail["msg"])
    return FieldProblem(at=".".join(_places(detail["loc"])), problem=words)


def _places(path: Sequence[object]) -> Iterator[str]:
    for part in path:
        if isinstance(part, int):
            yield str(part)
        elif isinstance(part, str):
            yield part if _FIELD.match(part) else "?"


def codes() -> dict[str, tuple[int, str]]:
    """Every code there is, with its status and title."""
    known = {"internal": 500} | {code: status for status, code in UNKNOWN.items() if status != 404}
    waiting: list[type[CaseworkError]] = list(_STATUS)
    while waiting:
        kind = waiting.pop()
        if kind.code in _TITLES:
            status = next(_STATUS[each] for each in kind.__mro__ if each in _STATUS)
            known[kind.code] = status
        waiting += kind.__subclasses__()
    return {code: (known[code], title) for code, title in _TITLES.items()}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: these statuses, and 422 for what does not fit its shape, answer a problem."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*statuses, 422})
    }
