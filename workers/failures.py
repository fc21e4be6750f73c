"""Turns our errors into Temporal's, in one place."""

import random
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from casework.errors import CaseworkError, Transient

_FIRST = timedelta(seconds=1)
_DOUBLINGS = 8


class OurErrors(Interceptor):
    """Transient errors are retried, after the wait the other side named; permanent ones are not.

    The failure's type is our stable code. Expected ones are benign: they are no news in logs.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Translating(super().intercept_activity(next))


class _Translating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except Transient as error:
            raise ApplicationError(
                str(error),
                type=error.code,
                next_retry_delay=_pause(error),
                category=ApplicationErrorCategory.BENIGN,
            ) from error
        except CaseworkError as error:
            raise ApplicationError(
                str(error),
                type=error.code,
                non_retryable=True,
                category=ApplicationErrorCategory.BENIGN,
            ) from error


def _pause(error: Transient) -> timedelta | None:
    """The wait the other side named, or our own growing one if that is longer by now."""
    if error.retry_after is None:
        return None
    growing = _FIRST * 2.0 ** min(activity.info().attempt - 1, _DOUBLINGS)
    return max(error.retry_after, growing) * random.uniform(1.0, 1.2)
