"""The leg to another team's tool: beside the waiting, and never in its way."""

import asyncio
from datetime import timedelta
from typing import Any, Self

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.handing_out import HandingOut
    from casework.handoffs import HandOut
    from casework.orders import Ticket
    from casework.policy_parts import Desk
    from workflows.lanes import GRACE, LOOK_AGAIN, PAGE_AFTER, Lanes

ATTEMPT = timedelta(seconds=20)
_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


class Leg:
    """Tried until it succeeds or the hearing goes on without it. The desk's own time runs all the
    while: whatever happens on this leg, the next desk gets the review when it is over."""

    def __init__(self, lanes: Lanes, order: HandOut) -> None:
        self._lanes = lanes.beside()
        self._order = order
        self._over = False
        self._handing = asyncio.create_task(self._hand_out())

    @classmethod
    def begun(
        cls, lanes: Lanes, case_id: str, ticket: Ticket, desks: tuple[Desk, ...]
    ) -> Self | None:
        """The leg of the desk where the review lies, if its work is done elsewhere."""
        at = next((desk.at for desk in desks if desk.desk == ticket.desk), None)
        if at is None:
            return None
        order = HandOut(
            case_id=case_id,
            review_id=ticket.review_id,
            desk=ticket.desk,
            due_at=ticket.due_at,
            at=at,
        )
        return cls(lanes, order)

    async def end(self) -> None:
        """The hearing goes on: what is still tried is tried no more."""
        self._over = True
        await self._handing

    async def _hand_out(self) -> None:
        while not self._over and not await self._tried():
            await self._wait_for_somebody()
        await self._lanes.go_on()

    async def _tried(self) -> bool:
        """Whether it is done or over; False when it was refused."""
        attempt = workflow.start_activity_method(
            HandingOut.hand_out,
            self._order,
            task_queue="notices",
            start_to_close_timeout=ATTEMPT,
            retry_policy=_PATIENT,
            summary=f"hand out to {self._order.at}",
        )
        if not await self._settled(attempt, GRACE):
            await self._lanes.block(self._order.at)
            if not await self._settled(attempt, PAGE_AFTER):
                await self._lanes.page(f"blocked_{self._order.at}")
                await self._settled(attempt, None)
        if not attempt.done():
            attempt.cancel()
            await workflow.wait([attempt])
            return True
        try:
            await attempt
        except ActivityError:
            return False
        return True

    async def _settled(
        self, attempt: workflow.ActivityHandle[Any], within: timedelta | None
    ) -> bool:
        try:
            await workflow.wait_condition(lambda: attempt.done() or self._over, timeout=within)
        except TimeoutError:
            return False
        return True

    async def _wait_for_somebody(self) -> None:
        """A refusal will not mend itself: call somebody, try again when told to, or hourly."""
        await self._lanes.block(f"{self._order.at}:needs_human")
        await self._lanes.page("needs_human")
        pushes = self._lanes.pushes
        try:
            await workflow.wait_condition(
                lambda: self._over or self._lanes.pushes > pushes,
                timeout=LOOK_AGAIN,
                timeout_summary=f"{self._order.at} refused: tried again hourly, or by case retry",
            )
        except TimeoutError:
            return
