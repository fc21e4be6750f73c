"""How other processes talk to the stories. Errors of Temporal's become ours here."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from casework import errors
from casework.action_orders import ActionNews
from casework.identity import (
    action_workflow,
    appeal_workflow,
    case_workflow,
    escalation_workflow,
)
from casework.orders import (
    Acknowledgement,
    ActionStart,
    Answer,
    AppealStart,
    CaseStart,
    DetectionNews,
    EscalationStart,
    StartFacts,
    SubmissionNews,
    VerdictAnswer,
)
from casework.second_thoughts import Undone, UndoNews
from casework.words import Severity
from workflows.action import Action
from workflows.appeal import Appeal
from workflows.calling import in_time, refusal, update_id
from workflows.case import EnforcementCase
from workflows.escalation import Escalation
from workflows.recall_door import RecallDoor
from workflows.search import at_the_start, of_a_part

RECENTLY = timedelta(hours=1)
_FAIRNESS_KEY_BYTES = 64


class TemporalStories(RecallDoor):
    """Starts, tells and asks workflows. Every call may be repeated.

    All of them raise Unavailable when Temporal does not answer in time.
    """

    async def ping(self) -> None:
        async with in_time():
            await self._client.service_client.check_health()

    async def detected(self, start: CaseStart, news: DetectionNews, facts: StartFacts) -> None:
        """Start the case, or tell the running one, in one call; returns once it is durable."""
        async with in_time():
            await self._client.start_workflow(
                EnforcementCase.run,
                start,
                start_signal="detected",
                start_signal_args=[news],
                **_start_options(start, facts),
            )

    async def verdict(
        self, start: CaseStart, news: DetectionNews, facts: StartFacts, wait: timedelta
    ) -> VerdictAnswer | None:
        """Start or join the case and wait for its ruling; None when there is none in time."""
        operation: WithStartWorkflowOperation[EnforcementCase, Any] = WithStartWorkflowOperation(
            EnforcementCase.run,
            start,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            **_start_options(start, facts),
        )
        try:
            async with asyncio.timeout(wait.total_seconds()):
                return await self._client.execute_update_with_start_workflow(
                    EnforcementCase.verdict,
                    news,
                    start_workflow_operation=operation,
                    id=update_id(news.detection_id),
                )
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return None
        except WorkflowUpdateFailedError:
            return None
        except RPCError as error:
            raise errors.Unavailable("Temporal does not take the case now") from error

    async def decide(self, workflow_id: str, news: SubmissionNews) -> Answer:
        """Hand over a stored submission and wait until it counts, or is refused.

        Raises:
            Unavailable: no answer in time. The submission stays stored and will be delivered.
            Refused: the branch that the story gave as its reason.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with in_time():
                answer: Answer = await handle.execute_update(
                    "decide", news, id=update_id(news.submission_id), result_type=Answer
                )
                return answer
        except WorkflowUpdateFailedError as error:
            raise refusal(error) from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise errors.Unavailable("the case did not answer in time") from error

    async def moved(self, workflow_id: str) -> None:
        """Tell a story that its review was sent to another desk; one that is over needs none."""
        handle = self._client.get_workflow_handle(workflow_id)
        with suppress(errors.NotFound):
            async with in_time():
                await handle.signal("moved")

    async def undo(self, workflow_id: str, news: UndoNews) -> Undone:
        """Have a decision taken back and the case ask again.

        Raises:
            Unavailable: no answer in time; asking again is safe.
            TooLate: it is being carried out, or is done. Forbidden.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with in_time():
                undone: Undone = await handle.execute_update(
                    "undo", news, id=update_id(f"undo/{news.decision_id}"), result_type=Undone
                )
                return undone
        except WorkflowUpdateFailedError as error:
            raise refusal(error) from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise errors.Unavailable("the case did not answer in time") from error

    async def appeal(self, start: AppealStart) -> None:
        """Start the appeal; one that was started before stays the only one."""
        async with in_time():
            try:
                await self._client.start_workflow(
                    Appeal.run,
                    start,
                    id=appeal_workflow(start.decision_id),
                    task_queue="cases",
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    search_attributes=of_a_part(start.case_id, start.harm, Severity.HIGH),
                    static_summary=f"appeal, {start.harm}",
                    priority=Priority(priority_key=Severity.HIGH.rank),
                )
            except WorkflowAlreadyStartedError:
                return

    async def escalate(self, start: EscalationStart) -> None:
        """Call on-call; while the same is being called about, nothing more happens."""
        async with in_time():
            await self._client.start_workflow(
                Escalation.run,
                start,
                id=escalation_workflow(start.case_id, start.reason),
                task_queue="cases",
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=of_a_part(start.case_id, start.harm, start.severity),
                static_summary=f"on-call: {start.reason}",
            )

    async def acknowledge(self, case_id: str, reason: str, by: str) -> None:
        """Raises NotFound when nobody was called, or it is over."""
        handle = self._client.get_workflow_handle(escalation_workflow(case_id, reason))
        async with in_time():
            await handle.signal("acknowledge", Acknowledgement(by=by))

    async def retry(self, case_id: str) -> None:
        """Try now whatever the case, or a part of it, is blocked on."""
        async with in_time():
            running = f'CaseId="{case_id}" AND ExecutionStatus="Running"'
            async for found in self._client.list_workflows(running):
                handle = self._client.get_workflow_handle(found.id)
                if found.workflow_type != "Escalation":
                    await handle.signal("retry")
                await self._wake_activities(found.id)

    async def released(self, workflow_ids: Iterable[str]) -> None:
        """Tell parked stories that no hold covers them any more; one that has ended needs none."""
        for workflow_id in workflow_ids:
            handle = self._client.get_workflow_handle(workflow_id)
            with suppress(errors.NotFound):
                async with in_time():
                    await handle.signal("retry")

    async def over(self, case_id: str, reason: str) -> None:
        """What was paged is over; everybody is told. Nothing happens where nobody was called."""
        handle = self._client.get_workflow_handle(escalation_workflow(case_id, reason))
        with suppress(errors.NotFound):
            async with in_time():
                await handle.signal("over")

    async def called_about(self, reason: str) -> set[str]:
        """The cases that somebody is being called about for this; the latest may still lack."""
        running = 'WorkflowType="Escalation" AND ExecutionStatus="Running"'
        async with in_time():
            ids = [found.id async for found in self._client.list_workflows(running)]
        named = [workflow_id.split("/") for workflow_id in ids]
        return {case_id for _, case_id, why in named if why == reason}

    async def action(self, start: ActionStart) -> None:
        """Start the story of an action that has none any more."""
        async with in_time():
            await self._client.start_workflow(
                Action.run,
                start,
                id=action_workflow(start.action.action_id),
                task_queue="cases",
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=of_a_part(start.case_id, start.harm, start.severity),
                static_summary=start.action.kind.value,
            )

    async def action_changed(self, action_id: str) -> None:
        """Tell an action's story that something was ordered; one that has none needs no telling."""
        handle = self._client.get_workflow_handle(action_workflow(action_id))
        try:
            async with in_time():
                await handle.signal("changed", ActionNews(action_id=action_id))
        except errors.NotFound:
            return

    async def ended_from_outside(self) -> list[str]:
        """Stories that were terminated, cancelled or failed within the last hour."""
        since = (datetime.now(UTC) - RECENTLY).isoformat()
        ended = (
            'WorkflowType IN ("EnforcementCase", "Appeal", "Action", "Recall")'
            f' AND CloseTime > "{since}"'
            ' AND ExecutionStatus IN ("Terminated", "Canceled", "Failed", "TimedOut")'
        )
        async with in_time():
            ids = {found.id async for found in self._client.list_workflows(ended, limit=500)}
        return sorted(ids)

    async def is_running(self, workflow_id: str) -> bool:
        try:
            async with in_time():
                described = await self._client.get_workflow_handle(workflow_id).describe()
        except errors.NotFound:
            return False
        return described.status is WorkflowExecutionStatus.RUNNING

    async def _wake_activities(self, workflow_id: str) -> None:
        described = await self._client.get_workflow_handle(workflow_id).describe()
        for pending in described.raw_description.pending_activities:
            await self._client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=self._client.namespace,
                    execution=WorkflowExecution(workflow_id=workflow_id),
                    id=pending.activity_id,
                )
            )


def _start_options(start: CaseStart, facts: StartFacts) -> dict[str, Any]:
    fairness = facts.detector.encode()[:_FAIRNESS_KEY_BYTES].decode(errors="ignore")
    return {
        "id": case_workflow(start.harm, start.case_id),
        "task_queue": "urgent" if facts.severity is Severity.CRITICAL else "cases",
        "search_attributes": at_the_start(start.case_id, start.harm, facts),
        "priority": Priority(priority_key=facts.severity.rank, fairness_key=fairness),
        "static_summary": f"{start.harm}, {facts.severity}",
    }
