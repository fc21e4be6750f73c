"""The story of somebody being called."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.paging import Paging
    from casework.calls import Page, Resolved
    from casework.orders import Acknowledgement, EscalationStart

FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=4)


@workflow.defn(name="Escalation")
class Escalation:
    """Page, wait for an acknowledgement, page the next rung; until acknowledged or over."""

    @workflow.init
    def __init__(self, _start: EscalationStart) -> None:
        self._ended_by: str | None = None

    @workflow.run
    async def run(self, start: EscalationStart) -> str:
        rung, wait = 0, FIRST_WAIT
        while self._ended_by is None:
            await self._page(start, rung)
            await self._acknowledged(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            rung += 1
        await self._resolve(start, self._ended_by)
        return self._ended_by

    async def _page(self, start: EscalationStart, rung: int) -> None:
        await workflow.execute_activity_method(
            Paging.page,
            Page(**start.model_dump(), rung=rung),
            task_queue="notices",
            start_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary=f"page on-call, rung {rung}",
        )

    async def _resolve(self, start: EscalationStart, by: str) -> None:
        """Whoever ended it is written down, also when the signal came around the gateway."""
        await workflow.execute_activity_method(
            Paging.resolve_page,
            Resolved(case_id=start.case_id, reason=start.reason, by=by),
            task_queue="notices",
            start_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary="tell on-call that it is over",
        )

    async def _acknowledged(self, wait: timedelta) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._ended_by is not None, timeout=wait, timeout_summary="acknowledgement"
            )
        except TimeoutError:
            return

    @workflow.signal
    def acknowledge(self, acknowledgement: Acknowledgement) -> None:
        self._ended_by = acknowledgement.by

    @workflow.signal
    def over(self) -> None:
        self._ended_by = "casework"
