"""How other processes talk to the stories about a recall."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy

from casework.action_orders import ActionNews
from casework.errors import NotFound
from casework.identity import action_workflow, recall_workflow
from casework.orders import ActionDue, ActionStart
from casework.recalls import RecallStart
from casework.righting import Shortening
from casework.words import Severity
from workflows.action import Action
from workflows.calling import in_time
from workflows.recall import Recall
from workflows.search import of_a_part, of_a_recall

_AT_ONCE = timedelta(milliseconds=1)


class RecallDoor:
    """Every call may be repeated. All raise Unavailable when Temporal does not answer in time."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def recall(self, start: RecallStart) -> None:
        """Tell the story of a recall that may run; one that runs already is left alone."""
        async with in_time():
            await self._client.start_workflow(
                Recall.run,
                start,
                id=recall_workflow(start.recall_id),
                task_queue="cases",
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=of_a_recall(start),
                static_summary=f"recall, {start.pace} cases a minute",
                priority=Priority(priority_key=start.severity.rank),
            )

    async def recall_changed(self, recall_id: str) -> None:
        """Let it look at once. One that is not running reads the database when it begins."""
        await self._signal(recall_workflow(recall_id), "look")

    async def shortened(self, shorter: Shortening) -> None:
        """An action ends sooner: tell its story, or begin one for what was to last for good."""
        workflow_id = action_workflow(shorter.action_id)
        news = ActionNews(action_id=shorter.action_id)
        if shorter.ends_at is None:
            await self._signal(workflow_id, "changed", news)
            return
        left = max(shorter.ends_at - datetime.now(UTC), _AT_ONCE)
        start = ActionStart(
            case_id=shorter.case_id,
            harm=shorter.harm,
            severity=Severity.HIGH,
            action=ActionDue(action_id=shorter.action_id, kind=shorter.kind, lasts=left),
            stands=True,
        )
        async with in_time():
            await self._client.start_workflow(
                Action.run,
                start,
                id=workflow_id,
                task_queue="cases",
                start_signal="changed",
                start_signal_args=[news],
                search_attributes=of_a_part(start.case_id, start.harm, start.severity),
                static_summary=shorter.kind.value,
            )

    async def settled_elsewhere(self, workflow_id: str) -> None:
        """Let a story look at the database again. Nothing happens when it does not run."""
        await self._signal(workflow_id, "settled_elsewhere")

    async def _signal(self, workflow_id: str, name: str, *news: ActionNews) -> None:
        """Nothing happens when it does not run."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with in_time():
                await handle.signal(name, args=news)
        except NotFound:
            return
