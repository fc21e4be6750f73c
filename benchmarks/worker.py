"""A worker process of the benchmark: Casework's as it ships, or the bare workflow's.

Says on a port of its own how often it has committed, since nobody else can know.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from benchmarks.bare.acts import BareActs
from benchmarks.bare.rows import Rows
from benchmarks.bare.story import BareCase
from cli import logs, runner
from storage.checkpoints import Checkpoints
from storage.keys import Keyring
from storage.store import Store
from workers import client as temporal
from workers.outside import outside_of, warm_up
from workers.reconciler import Reconciler
from workers.roles import Role, queues
from workers.runner import places
from workers.serving import worker, workflow_runner
from workers.settings import Settings
from workers.telemetry import runtime
from workers.wiring import Outside, acts, put_policies
from workflows.front_door import TemporalStories

BARE_QUEUE = "bare"


class Whose(StrEnum):
    CASEWORK = "casework"
    BARE = "bare"


def main(
    whose: Annotated[Whose, typer.Argument()],
    port: Annotated[int, typer.Option(help="Where it says how often it has committed.")],
    rows: Annotated[Path, typer.Option(help="The bare workflow's database.")],
) -> None:
    """Work until SIGTERM. Settings come from CASEWORK_* variables."""
    logs.configure(f"{whose}-worker")
    settings = Settings.from_environment()
    runner.run(
        _casework(settings, port) if whose is Whose.CASEWORK else _bare(settings, port, rows)
    )


async def _casework(settings: Settings, port: int) -> None:
    """As `workers.runner.run_worker`, all roles, with its chores."""
    keyring = Keyring.load(settings.keyring_file)
    store = Store.open(settings.database_url, keyring)
    await put_policies(store, settings.policies_dir)
    async with AsyncExitStack() as running:
        running.push_async_callback(store.close)
        outside = await running.enter_async_context(outside_of(settings, keyring))
        await warm_up(outside)
        client = await temporal.connect(settings, keyring, runtime(settings))
        stories = TemporalStories(client)
        built = acts(store, outside, places(settings), stories, settings.limits)
        for queue in queues(frozenset(Role), settings.vendor_moderation_per_second):
            await running.enter_async_context(worker(client, queue, built, settings))
        checkpoints = Checkpoints(
            store.database, keyring, settings.audit_checkpoints_file
        ).keep_writing()
        reconciling = Reconciler(store, TemporalStories(client)).keep_going()
        chores = [asyncio.create_task(chore) for chore in (checkpoints, reconciling)]
        await _until_stopped(port, lambda: store.database.commits)
        for chore in chores:
            chore.cancel()


async def _bare(settings: Settings, port: int, file: Path) -> None:
    """The same systems outside, sandbox and limits; nothing else of Casework."""
    rows = Rows(file)
    async with AsyncExitStack() as running:
        running.push_async_callback(rows.close)
        keyring = Keyring.load(settings.keyring_file)
        outside = await running.enter_async_context(outside_of(settings, keyring))
        await warm_up(outside)
        client = await Client.connect(
            settings.temporal_address, data_converter=pydantic_data_converter
        )
        await running.enter_async_context(_bare_worker(client, rows, outside, settings))
        await _until_stopped(port, lambda: rows.commits)


def _bare_worker(client: Client, rows: Rows, outside: Outside, settings: Settings) -> Worker:
    built = BareActs(rows, outside.checks, outside.platform, outside.channels)
    return Worker(
        client,
        task_queue=BARE_QUEUE,
        workflows=[BareCase],
        activities=[
            built.open_case,
            built.check,
            built.rule,
            built.decide,
            built.act,
            built.undo,
            built.tell_and_close,
        ],
        workflow_runner=workflow_runner(sandboxed=settings.sandbox),
        max_cached_workflows=settings.cached_workflows,
        max_concurrent_activities=settings.concurrent_activities,
        max_concurrent_local_activities=settings.concurrent_activities,
        graceful_shutdown_timeout=timedelta(seconds=settings.shutdown_grace_s),
    )


async def _until_stopped(port: int, commits: Callable[[], int]) -> None:
    """Answer every connection with the number of commits, until SIGTERM."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{commits()}\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(tell, "127.0.0.1", port):
        await stopping.wait()


if __name__ == "__main__":
    typer.run(main)
