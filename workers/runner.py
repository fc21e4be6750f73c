"""A worker process from start to end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from temporalio.client import Client

from casework.places import Places
from casework.started import leave_it_out_of_collections
from storage import schema
from storage.checkpoints import Checkpoints
from storage.keys import Keyring
from storage.store import Store
from workers import client as temporal
from workers.office import Office
from workers.outside import outside_of, warm_up
from workers.pictures import take_pictures
from workers.reconciler import Reconciler
from workers.roles import Acts, Queue, Role, queues
from workers.serving import worker
from workers.settings import Settings
from workers.telemetry import runtime, tracing
from workers.wiring import acts, put_policies
from workflows.front_door import TemporalStories

_log = structlog.get_logger()


def places(settings: Settings) -> Places:
    return Places(
        public_url=settings.public_url.rstrip("/"),
        ui_url=settings.ui_url.rstrip("/"),
        namespace=settings.temporal_namespace,
    )


async def run_worker(settings: Settings, roles: frozenset[Role]) -> None:
    """Serve these roles until SIGTERM or Ctrl-C, then finish what is under way.

    Raises:
        Unavailable: when Temporal or the database is not there at the start.
        PolicyMistake: when a policy is wrong; nothing was started then.
    """
    stopping = _stop_signals()
    keyring = Keyring.load(settings.keyring_file)
    await schema.check(settings.database_url)
    async with _open(settings, keyring) as store:
        await put_policies(store, settings.policies_dir)
        async with outside_of(settings, keyring) as outside:
            connecting = temporal.connect(
                settings, keyring, runtime(settings), tracing(settings, "worker")
            )
            client, _ = await asyncio.gather(connecting, warm_up(outside))
            stories = TemporalStories(client)
            built = acts(store, outside, places(settings), stories, settings.limits)
            served = queues(roles, settings.vendor_moderation_per_second)
            await _serve(
                settings, client, built, served, _chores(settings, roles, store, client), stopping
            )


async def _serve(
    settings: Settings,
    client: Client,
    built: Acts,
    served: Sequence[Queue],
    chores: Sequence[asyncio.Task[None]],
    stopping: asyncio.Event,
) -> None:
    """The chores end last: what the workers still write while they stop gets its checkpoint."""
    stop = asyncio.create_task(stopping.wait())
    try:
        async with AsyncExitStack() as running:
            for queue in served:
                await running.enter_async_context(worker(client, queue, built, settings))
            leave_it_out_of_collections()
            _log.info("worker", serving=[queue.name for queue in served])
            done, _ = await asyncio.wait({stop, *chores}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stop}:
            await task
    finally:
        for task in (stop, *chores):
            task.cancel()
        await asyncio.gather(stop, *chores, return_exceptions=True)


def _chores(
    settings: Settings, roles: frozenset[Role], store: Store, client: Client
) -> list[asyncio.Task[None]]:
    """What a process does beside its queues."""
    checkpoints = Checkpoints(store.database, store.keyring, settings.audit_checkpoints_file)
    chores = [asyncio.create_task(checkpoints.keep_writing())]
    if Role.MEDIA in roles:
        chores.append(asyncio.create_task(take_pictures(settings, store.snapshots)))
    if Role.CASES in roles:
        office = Office(
            usual_sample=settings.quality_sample, queueing=settings.queueing, care=settings.care
        )
        reconciler = Reconciler(store, TemporalStories(client), office=office)
        chores.append(asyncio.create_task(reconciler.keep_going()))
    return chores


@asynccontextmanager
async def _open(settings: Settings, keyring: Keyring) -> AsyncIterator[Store]:
    store = Store.open(settings.database_url, keyring, media=settings.media_store)
    try:
        yield store
    finally:
        await store.close()


def _stop_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
