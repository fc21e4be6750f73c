"""Fast lane, then patience: how a step is tried, and what on-call sees while it does not succeed.

A step first runs as a local activity with a short limit. Only if it does not succeed there does it
become a regular activity on its own task queue, retried for as long as it takes. Measured on a bare
workflow of five steps: 18 state transitions and 35 events with regular activities, 3 and 10 with
local ones (temporalio 1.35, server 1.32).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    WorkflowAlreadyStartedError,
)
from temporalio.exceptions import (
    TimeoutError as OverdueError,
)
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.opening import CaseFolder
    from casework.base import Model
    from casework.identity import escalation_workflow
    from casework.orders import Blocked, EscalationStart
    from casework.words import HoldKind, Severity
    from workflows.search import BLOCKED_ON, of_a_part

_Order = TypeVar("_Order", bound=Model)
_Result = TypeVar("_Result")
Act = Callable[[Any, _Order], Awaitable[_Result]]

StepFailed = (ActivityError, ApplicationError, OverdueError)
"""How a step fails: a local activity's failure comes without the wrapping of a regular one's."""

GRACE = timedelta(seconds=20)
"""How long a step may fail before on-call can see that the case is blocked."""

PAGE_AFTER = timedelta(minutes=15)
"""How long a step may fail before somebody is called."""

ANOTHER_GO = timedelta(minutes=1)
"""How long a step that was given up is tried each time it is tried again."""

LOOK_AGAIN = timedelta(hours=1)
"""How often a step that was refused or is parked is tried again by itself, untold."""


@dataclass(frozen=True)
class Lane:
    """How one kind of step is tried.

    `within` is the fast lane's limit, `attempt` one patient attempt's. `queue` is None for the
    story's own. `gives_up_after` is None for steps that must succeed in the end.
    """

    name: str
    queue: str | None = None
    within: timedelta = timedelta(seconds=3)
    attempt: timedelta = timedelta(seconds=20)
    gives_up_after: timedelta | None = None
    refusals_are_final: bool = False
    page_after: timedelta = PAGE_AFTER
    retry_for: timedelta | None = None
    """After so long of tries in vain the step is put before a person, and tried again as soon as
    somebody says so, and hourly."""


_QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2)
_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


class Lanes:
    """One story's way of doing steps; knows what it is blocked on and whom that concerns."""

    def __init__(self, case_id: str, harm: str) -> None:
        self.blocked_on = ""
        self.severity = Severity.HIGH
        self._case_id = case_id
        self._harm = harm
        self._pushes = 0
        self._paged: set[str] = set()
        self._beside: list[Lanes] = []

    def beside(self) -> "Lanes":
        """For steps that go on beside the story's own: blocked and resolved apart, pushed along."""
        other = Lanes(self._case_id, self._harm)
        other.severity = self.severity
        self._beside.append(other)
        return other

    @property
    def pushes(self) -> int:
        """How often somebody wanted the blocked step tried."""
        return self._pushes

    def push(self) -> None:
        """Somebody wants the blocked step tried now."""
        self._pushes += 1
        for other in self._beside:
            other.push()

    async def parked(self, hold: HoldKind, pushes: int) -> None:
        """Wait for a hold to be lifted; who lifts it pushes. `pushes`: when it was last seen.

        Nobody is called: a hold is set by somebody who knows, and a breaker calls by itself.
        """
        await self.block(f"hold:{hold}")
        await self._pushed(pushes, f"parked by a hold on {hold}")

    async def do(self, act: Act[_Order, _Result], order: _Order, lane: Lane, says: str) -> _Result:
        """The step's result, however long it takes.

        Raises:
            StepFailed: only where the lane gives up or takes a refusal as final.
        """
        try:
            return await self.quickly(act, order, lane, says)
        except StepFailed as error:
            if lane.refusals_are_final and _refused(error):
                raise
        return await self.patiently(act, order, lane, says)

    async def quickly(
        self, act: Act[_Order, _Result], order: _Order, lane: Lane, says: str
    ) -> _Result:
        """The fast lane alone. Raises StepFailed when the step does not succeed there."""
        result: _Result = await workflow.execute_local_activity_method(
            act,
            order,
            schedule_to_close_timeout=lane.within,
            retry_policy=_QUICK,
            summary=says,
        )
        return result

    async def patiently(
        self,
        act: Act[_Order, _Result],
        order: _Order,
        lane: Lane,
        says: str,
        given_up: Callable[[], Awaitable[None]] | None = None,
    ) -> _Result:
        """`given_up` is called when the lane's time to retry is over without an answer."""
        while True:
            try:
                result = await self._once_patiently(act, order, lane, says)
            except StepFailed as error:
                if lane.gives_up_after or (lane.refusals_are_final and _refused(error)):
                    await self.go_on()
                    raise
                if given_up is not None and not _refused(error):
                    await given_up()
                    lane = replace(lane, retry_for=ANOTHER_GO)
                await self._wait_for_somebody(lane)
            else:
                await self.go_on()
                return result

    async def _once_patiently(
        self, act: Act[_Order, _Result], order: _Order, lane: Lane, says: str
    ) -> _Result:
        attempt = workflow.start_activity_method(
            act,
            order,
            task_queue=lane.queue,
            start_to_close_timeout=lane.attempt,
            schedule_to_close_timeout=lane.gives_up_after or lane.retry_for,
            retry_policy=_PATIENT,
            summary=says,
        )
        if not await _done(attempt, GRACE):
            await self.block(lane.name)
            if not await _done(attempt, lane.page_after):
                await self.page(f"blocked_{lane.name}")
        result: _Result = await attempt
        return result

    async def _wait_for_somebody(self, lane: Lane) -> None:
        """A refusal will not mend itself: call somebody, and try again when told to, or hourly."""
        await self.block(f"{lane.name}:needs_human")
        await self.page("needs_human")
        says = f"{lane.name} refused: tried again hourly, or by case retry"
        await self._pushed(self._pushes, says)

    async def _pushed(self, pushes: int, says: str) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._pushes > pushes, timeout=LOOK_AGAIN, timeout_summary=says
            )
        except TimeoutError:
            return

    async def block(self, on: str) -> None:
        if self.blocked_on != on:
            self.blocked_on = on
            workflow.upsert_search_attributes([BLOCKED_ON.value_set(on)])
            await self._write_down(on)

    async def go_on(self) -> None:
        if not self.blocked_on:
            return
        self.blocked_on = ""
        workflow.upsert_search_attributes([BLOCKED_ON.value_unset()])
        await self._write_down("")
        for reason in sorted(self._paged):
            await self.resolve(reason)

    async def _write_down(self, on: str) -> None:
        """For the console. The search attribute is what counts, so this may fail."""
        order = Blocked(case_id=self._case_id, on=on)
        try:
            await self.quickly(
                CaseFolder.write_down_block, order, Lane("cases"), f"blocked on {on}"
            )
        except StepFailed:
            workflow.logger.warning("the database does not know that the case is blocked")

    async def page(self, reason: str) -> None:
        """Call somebody until it is acknowledged or over. Paging twice is one escalation."""
        self._paged.add(reason)
        start = EscalationStart(
            case_id=self._case_id, harm=self._harm, severity=self.severity, reason=reason
        )
        try:
            await workflow.start_child_workflow(
                "Escalation",
                start,
                id=escalation_workflow(self._case_id, reason),
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=of_a_part(self._case_id, self._harm, self.severity),
                static_summary=f"on-call: {reason}",
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("already escalated")

    async def resolve(self, reason: str) -> None:
        """What was paged is over; the escalation tells everybody. Nothing happens if it was not."""
        if reason not in self._paged:
            return
        self._paged.discard(reason)
        escalation = workflow.get_external_workflow_handle(
            escalation_workflow(self._case_id, reason)
        )
        try:
            await escalation.signal("over")
        except FailureError:
            workflow.logger.info("the escalation was acknowledged and has ended")


async def _done(attempt: workflow.ActivityHandle[Any], within: timedelta) -> bool:
    done, _ = await workflow.wait([attempt], timeout=within.total_seconds())
    return bool(done)


def _refused(error: FailureError) -> bool:
    cause = error.cause if isinstance(error, ActivityError) else error
    return isinstance(cause, ApplicationError) and cause.non_retryable
