"""Turns our errors into Temporal's, in one place."""

from typing import Any

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from casework.errors import CaseworkError, Transient


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
                next_retry_delay=error.retry_after,
                category=ApplicationErrorCategory.BENIGN,
            ) from error
        except CaseworkError as error:
            raise ApplicationError(
                str(error),
                type=error.code,
                non_retryable=True,
                category=ApplicationErrorCategory.BENIGN,
            ) from error
