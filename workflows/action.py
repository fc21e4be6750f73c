"""The story of an action that must wait, or that ends by itself."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from casework.identity import case_workflow
    from casework.orders import ActionDue, ActionSettled, ActionStart
    from casework.righting import Shortening
    from casework.words import ActionState
    from workflows import steps
    from workflows.lanes import Lanes


@workflow.defn(name="Action")
class Action:
    """Waited for, carried out, confirmed, and lifted when its time is over."""

    @workflow.init
    def __init__(self, start: ActionStart) -> None:
        self._lanes = Lanes(start.case_id, start.harm)
        self._lanes.severity = start.severity
        self._shorter: Shortening | None = None

    @workflow.run
    async def run(self, start: ActionStart) -> ActionState:
        if start.waits:
            await workflow.sleep(start.waits, summary="delay before acting")
        state = ActionState.CONFIRMED
        if not start.stands:
            state = (await steps.carry_out(self._lanes, start.action)).state
            await self._tell_the_case(start)
        if start.action.lasts and state is ActionState.CONFIRMED:
            await self._lasts(start.action)
            state = ActionState.LAPSED
            await steps.take_back(self._lanes, [start.action.action_id], state)
        return state

    async def _lasts(self, action: ActionDue) -> None:
        """Until its time is over, which may become shorter meanwhile."""
        assert action.lasts is not None
        began, lasts = workflow.now(), action.lasts
        while True:
            heard = self._shorter
            end = began + lasts if heard is None else heard.ends_at or began + heard.lasts
            left = end - workflow.now()
            if left <= timedelta():
                return
            try:
                await workflow.wait_condition(
                    lambda heard=heard: self._shorter is not heard,  # type: ignore[misc]
                    timeout=left,
                    timeout_summary=f"{action.kind} lasts",
                )
            except TimeoutError:
                return

    async def _tell_the_case(self, start: ActionStart) -> None:
        """A case that has ended meanwhile needs no telling: it read the database itself."""
        case = workflow.get_external_workflow_handle(case_workflow(start.harm, start.case_id))
        try:
            await case.signal("action_settled", ActionSettled(action_id=start.action.action_id))
        except FailureError:
            workflow.logger.info("the case has ended")

    @workflow.signal
    def settled_elsewhere(self) -> None:
        """What this is about was taken back: the next try finds it so."""
        self._lanes.push()

    @workflow.signal
    def shortened(self, news: Shortening) -> None:
        """It ends sooner. Ending asks the database, so a false word here is corrected there."""
        self._shorter = news

    @workflow.signal
    def retry(self) -> None:
        self._lanes.push()
