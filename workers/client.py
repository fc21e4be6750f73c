"""The way to Temporal: the converter, the connection, and what the namespace needs."""

import asyncio
import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueKind
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client, Plugin
from temporalio.common import Priority
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
)
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from casework.errors import Unavailable
from storage.keys import Keyring
from workers.codec import EncryptingCodec
from workers.settings import Settings
from workers.temporal_server import SEARCH_ATTRIBUTES

_INDEXED = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
FAIRNESS_PROBE = "fairness-probe"
"""A queue of its own, with one partition in every server configuration that we provide."""
_FLOOD = 24
_LATE = 6
_LOOKED_AT = 22
_PROBE_TIME = timedelta(seconds=15)


def data_converter(keyring: Keyring) -> DataConverter:
    """Pydantic models, encrypted; of failures too, messages and stacks."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptingCodec(keyring.payload),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(
    settings: Settings,
    keyring: Keyring,
    runtime: Runtime | None = None,
    plugins: Sequence[Plugin] = (),
) -> Client:
    """A client.

    Raises:
        Unavailable: when Temporal does not answer.
    """
    key = settings.temporal_api_key
    try:
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(keyring),
            tls=settings.temporal_tls,
            api_key=key.get_secret_value() if key else None,
            runtime=runtime,
            plugins=list(plugins),
        )
    except (RPCError, RuntimeError) as error:
        raise Unavailable(f"Temporal at {settings.temporal_address} does not answer") from error


async def register_search_attributes(client: Client) -> None:
    """Add what is missing of our search attributes; doing it again changes nothing."""
    missing = await missing_search_attributes(client)
    if missing:
        await add_search_attributes(client, missing)


async def add_search_attributes(client: Client, names: Iterable[str]) -> None:
    wanted = {name: _INDEXED[SEARCH_ATTRIBUTES[name]] for name in names}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
    )


async def missing_search_attributes(client: Client) -> frozenset[str]:
    there = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return frozenset(SEARCH_ATTRIBUTES) - frozenset(there.custom_attributes)


async def fairness_works(client: Client) -> bool:
    """Whether late tasks of a quiet key overtake a flood of another key.

    Servers without the flag accept fairness keys and ignore them, so only trying tells. Starts a
    handful of workflows on a queue of its own, takes their first tasks, and deletes them.

    Raises:
        Unavailable: when it could not be found out in time.
    """
    run = uuid.uuid4().hex[:12]
    names: list[str] = []
    try:
        async with asyncio.timeout(_PROBE_TIME.total_seconds()):
            names.append(await _start_probe(client, run, "first", "flood"))
            await _next_task(client, run)  # a queue that meets its first key starts anew
            for number in range(_FLOOD):
                names.append(await _start_probe(client, run, f"flood-{number}", "flood"))
            late = [await _start_probe(client, run, f"late-{n}", "late") for n in range(_LATE)]
            names += late
            return await _overtake(client, run, frozenset(late))
    except (TimeoutError, RPCError) as error:
        raise Unavailable(
            "Temporal does not hand out tasks; fairness could not be tested"
        ) from error
    finally:
        for name in names:
            await _delete(client, name)


async def _overtake(client: Client, run: str, late: frozenset[str]) -> bool:
    """Whether all but one of the late ones are among the first 22 of the 30.

    Measured on one partition: with fairness all six are, first come up to two. Over the usual four
    partitions, each fair or not by itself, the two would overlap.
    """
    taken = [await _next_task(client, run) for _ in range(_LOOKED_AT)]
    return len(late.intersection(taken)) >= _LATE - 1


async def _start_probe(client: Client, run: str, name: str, fairness_key: str) -> str:
    workflow_id = f"{FAIRNESS_PROBE}-{run}-{name}"
    await client.start_workflow(
        "FairnessProbe",
        id=workflow_id,
        task_queue=FAIRNESS_PROBE,
        priority=Priority(fairness_key=fairness_key),
        run_timeout=timedelta(seconds=30),
    )
    return workflow_id


async def _next_task(client: Client, run: str) -> str:
    """The workflow of this run whose task comes next; what earlier runs left is passed over."""
    while True:
        task = await client.workflow_service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(
                    name=FAIRNESS_PROBE, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL
                ),
                identity="fairness-probe",
            )
        )
        workflow_id = task.workflow_execution.workflow_id
        if workflow_id.startswith(f"{FAIRNESS_PROBE}-{run}-"):
            return workflow_id


async def _delete(client: Client, name: str) -> None:
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=name)
        )
    )
