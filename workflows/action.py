"""The story of an action that must wait, or that ends by itself."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from casework.action_orders import ActionNews
    from casework.identity import case_workflow
    from casework.orders import ActionReport, ActionSettled, ActionStart
    from casework.words import ActionState
    from workflows import steps
    from workflows.lanes import Lanes


@workflow.defn(name="Action")
class Action:
    """Waited for, carried out, confirmed, and lifted when its time is over.

    What people order about it is in the database. Being told of it only means to look there.
    """

    @workflow.init
    def __init__(self, start: ActionStart) -> None:
        self._lanes = Lanes(start.case_id, start.harm)
        self._lanes.severity = start.severity
        self._told = 0

    @workflow.run
    async def run(self, start: ActionStart) -> ActionState:
        if start.is_taken_back:
            return (await steps.undo_in_the_end(self._lanes, start.action, start.delivery)).state
        if start.waits:
            await self._delayed(start)
        report = await self._carried_out(start)
        if start.action.lasts and report.state is ActionState.CONFIRMED:
            return await self._until_its_end(start, report)
        return report.state

    async def _delayed(self, start: ActionStart) -> None:
        """Until its moment, or until somebody has cancelled it; merely being told ends no wait."""
        until = workflow.now() + start.waits
        while await self._told_within(until - workflow.now(), "delay before acting"):
            if (await steps.look_at_action(self._lanes, start.action)).state.is_over:
                return

    async def _carried_out(self, start: ActionStart) -> ActionReport:
        if start.stands:
            return ActionReport(action_id=start.action.action_id, state=ActionState.CONFIRMED)
        report = await steps.carry_out(self._lanes, start.action, start.delivery)
        await self._tell_the_case(start)
        return report

    async def _until_its_end(self, start: ActionStart, report: ActionReport) -> ActionState:
        """Lift it when its time is over; that may have been moved, also without our being told.

        Its time runs from when it came into force, whenever we come to wait for its end: nothing
        may have run in between.
        """
        assert start.action.lasts is not None
        if workflow.patched("2026-11-time-in-force"):
            report = await steps.look_at_action(self._lanes, start.action)
        left = (report.lasts or start.action.lasts) - report.held_for
        ends_at = report.ends_at or workflow.now() + left
        says = f"{start.action.kind} lasts"
        while report.state is ActionState.CONFIRMED:
            if await self._told_within(ends_at - workflow.now(), says):
                report = await steps.look_at_action(self._lanes, start.action)
            else:
                report = await steps.let_lapse(self._lanes, start.action, start.delivery)
            ends_at = await self._moved(start, ends_at, report)
        return report.state

    async def _moved(self, start: ActionStart, ends_at: datetime, report: ActionReport) -> datetime:
        """When it ends by now; the account is told of every change."""
        if report.ends_at is None or report.ends_at == ends_at:
            return ends_at
        await steps.tell_of_change(self._lanes, start.action)
        return report.ends_at

    async def _told_within(self, span: timedelta, says: str) -> bool:
        """Whether somebody ordered something meanwhile."""
        told = self._told
        try:
            await workflow.wait_condition(
                lambda: self._told > told, timeout=max(span, _AT_ONCE), timeout_summary=says
            )
        except TimeoutError:
            return False
        return True

    async def _tell_the_case(self, start: ActionStart) -> None:
        """A case that has ended meanwhile needs no telling: it read the database itself."""
        case = workflow.get_external_workflow_handle(case_workflow(start.harm, start.case_id))
        try:
            await case.signal("action_settled", ActionSettled(action_id=start.action.action_id))
        except FailureError:
            workflow.logger.info("the case has ended")

    @workflow.signal
    def changed(self, _news: ActionNews) -> None:
        """Somebody ordered something about this action, or it ends sooner than it was to."""
        self._told += 1
        self._lanes.push()

    @workflow.signal
    def settled_elsewhere(self) -> None:
        """What this is about was taken back: the next try finds it so."""
        self._told += 1
        self._lanes.push()

    @workflow.signal
    def retry(self) -> None:
        self._lanes.push()


_AT_ONCE = timedelta(milliseconds=1)
