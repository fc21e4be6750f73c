"""How other processes talk to the stories about a recall."""

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy

from casework.errors import NotFound
from casework.identity import recall_workflow
from casework.recalls import RecallStart
from workflows.calling import in_time
from workflows.recall import Recall
from workflows.search import of_a_recall


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
        handle = self._client.get_workflow_handle(recall_workflow(recall_id))
        try:
            async with in_time():
                await handle.signal("look")
        except NotFound:
            return

    async def settled_elsewhere(self, workflow_id: str) -> None:
        """Let a story look at the database again. Nothing happens when it does not run."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with in_time():
                await handle.signal("settled_elsewhere")
        except NotFound:
            return
