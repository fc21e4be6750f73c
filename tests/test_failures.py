"""How our errors become Temporal's."""

from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from casework.errors import TurnedDown, Unavailable
from workers.failures import OurErrors


class Failing(ActivityInboundInterceptor):
    """An activity that always fails in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> None:
        raise self._error


async def failure(error: Exception, attempt: int) -> ApplicationError:
    env = ActivityEnvironment()
    env.info = ActivityEnvironment.default_info()
    env.info = env.info.__class__(**{**vars(env.info), "attempt": attempt})
    translating = OurErrors().intercept_activity(Failing(error))
    given = ExecuteActivityInput(fn=activity.info, args=[], executor=None, headers={})
    with pytest.raises(ApplicationError) as caught:
        await env.run(translating.execute_activity, given)
    return caught.value


async def test_a_wait_that_the_other_side_names_is_kept() -> None:
    raised = await failure(Unavailable("busy", retry_after=timedelta(seconds=30)), attempt=1)

    assert raised.next_retry_delay is not None
    assert timedelta(seconds=30) <= raised.next_retry_delay <= timedelta(seconds=36)


async def test_a_short_wait_named_again_and_again_does_not_stop_the_pauses_from_growing() -> None:
    raised = await failure(Unavailable("busy", retry_after=timedelta(seconds=3)), attempt=8)

    assert raised.next_retry_delay is not None
    assert raised.next_retry_delay >= timedelta(seconds=128)


async def test_a_refusal_is_not_tried_again() -> None:
    raised = await failure(TurnedDown("no"), attempt=1)

    assert raised.non_retryable
    assert raised.type == "turned_down"
