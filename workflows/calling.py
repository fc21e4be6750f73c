"""Calling Temporal from other processes: in time, or not at all, and with errors of ours."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from casework import errors

PATIENCE = timedelta(seconds=10)
"""How long a caller is kept waiting for Temporal before it is told to come back."""

_REFUSALS = {
    leaf.code: leaf
    for leaf in (
        errors.Forbidden,
        errors.AlreadyDecided,
        errors.Malformed,
        errors.NotFound,
        errors.CaseClosed,
        errors.TooLate,
    )
}


def update_id(name: str) -> str:
    """Update ids are plaintext in Temporal, and callers choose theirs freely."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def refusal(error: WorkflowUpdateFailedError) -> errors.CaseworkError:
    cause: BaseException | None = error.cause
    while isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError) and cause.type in _REFUSALS:
        return _REFUSALS[cause.type](cause.message)
    return errors.Unavailable("the case could not take the decision now")


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            yield
    except TimeoutError as error:
        raise errors.Unavailable("Temporal does not answer in time") from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise errors.NotFound("no such story is running") from error
        raise errors.Unavailable("Temporal does not answer") from error
