"""One task queue's worker, and the sandbox its stories are told in."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workers.failures import OurErrors
from workers.roles import Acts, Queue
from workers.settings import Settings

PASSED_THROUGH = ("casework", "activities", "pydantic", "cel_expr_python", "annotated_types")
"""Imported once, outside the sandbox: they hold no state that a story could depend on."""

STICKS_FOR = timedelta(seconds=4)
"""How long a story waits for the worker that told it last, before any other tells it. Temporal's
own 10 s are most of what a suspension lasted too long whose end came while everything was down."""


def workflow_runner(*, sandboxed: bool) -> WorkflowRunner:
    if not sandboxed:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def worker(client: Client, queue: Queue, built: Acts, settings: Settings) -> Worker:
    """One task queue's worker."""
    return Worker(
        client,
        build_id=settings.deployment_version,  # else the SDK hashes every loaded module
        task_queue=queue.name,
        workflows=queue.workflows,
        activities=built.all(),
        workflow_runner=workflow_runner(sandboxed=settings.sandbox),
        interceptors=[OurErrors()],
        max_cached_workflows=settings.cached_workflows if queue.workflows else 0,
        max_concurrent_activities=settings.concurrent_activities,
        max_concurrent_local_activities=settings.concurrent_activities,
        max_task_queue_activities_per_second=queue.per_second,
        sticky_queue_schedule_to_start_timeout=STICKS_FOR,
        graceful_shutdown_timeout=timedelta(seconds=settings.shutdown_grace_s),
    )
