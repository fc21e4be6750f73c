"""What a withdrawn strike changes of other decisions: lifted, shortened, and then told."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.changing import Changing
    from casework.action_orders import ActionNews
    from casework.identity import action_workflow
    from casework.orders import ActionDue, ActionStart
    from casework.righting import ChangeDue, Shortening, TellChange
    from casework.words import ActionState
    from workflows import steps
    from workflows.lanes import Lanes
    from workflows.search import of_a_part

_AT_ONCE = timedelta(milliseconds=1)


async def set_right(lanes: Lanes, case_id: str, changes: Iterable[ChangeDue]) -> None:
    """Never dropped, and nobody is told before it is so. `case_id` is the teller's."""
    for due in changes:
        await steps.take_back(lanes, due.lifts, ActionState.REVERTED)
        for shorter in due.shortens:
            await _end_sooner(lanes, shorter)
        order = TellChange(case_id=case_id, notice_id=due.notice_id)
        await lanes.do(Changing.tell_change, order, steps.NOTICES, "tell what changed")


async def _end_sooner(lanes: Lanes, shorter: Shortening) -> None:
    """Tell the action's story, or begin one for what was meant to last for good."""
    if shorter.ends_at is not None and await _began(lanes, shorter):
        return
    story = workflow.get_external_workflow_handle(action_workflow(shorter.action_id))
    try:
        await story.signal("changed", ActionNews(action_id=shorter.action_id))
    except FailureError:
        workflow.logger.info("the action has no story yet, or no more: the database says its end")


async def _began(lanes: Lanes, shorter: Shortening) -> bool:
    assert shorter.ends_at is not None
    left = max(shorter.ends_at - workflow.now(), _AT_ONCE)
    start = ActionStart(
        case_id=shorter.case_id,
        harm=shorter.harm,
        severity=lanes.severity,
        action=ActionDue(action_id=shorter.action_id, kind=shorter.kind, lasts=left),
        stands=True,
    )
    try:
        await workflow.start_child_workflow(
            "Action",
            start,
            id=action_workflow(shorter.action_id),
            parent_close_policy=ParentClosePolicy.ABANDON,
            search_attributes=of_a_part(shorter.case_id, shorter.harm, lanes.severity),
            static_summary=shorter.kind.value,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
