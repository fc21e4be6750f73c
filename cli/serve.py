"""The long-running processes: `worker`, `gateway`, and what `casework up` runs beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from casework.errors import Permanent
from cli import logs, runner
from cli.listening import listen
from workers.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from gateway.settings import GatewaySettings
    from integrations.oidc.client import Oidc
    from storage.store import Store


class WorkerRole(StrEnum):
    CASES = "cases"
    CHECKS = "checks"
    MODELS = "models"
    ACTIONS = "actions"
    NOTICES = "notices"
    MEDIA = "media"
    ALL = "all"


class NotFair(Permanent):
    """The Temporal server ignores fairness keys."""

    code = "not_fair"


def worker(
    role: Annotated[
        list[WorkerRole] | None, typer.Option(help="What to serve; several may be named. [all]")
    ] = None,
) -> None:
    """Work on cases until SIGTERM or Ctrl-C. Settings come from CASEWORK_* variables."""
    from workers.roles import Role
    from workers.runner import run_worker

    logs.configure("worker")
    wanted = set(role or [WorkerRole.ALL])
    roles = Role if WorkerRole.ALL in wanted else [Role(one.value) for one in wanted]
    with runner.clear_endings():
        settings = Settings.from_environment()
    runner.run(run_worker(settings, frozenset(roles)))


def gateway() -> None:
    """Serve the API and the console until SIGTERM or Ctrl-C. Settings as for `worker`."""
    logs.configure("gateway")
    with runner.clear_endings():
        settings = Settings.from_environment()
    runner.run(_gateway(settings))


def prepare() -> None:
    """Register our search attributes in Temporal, and test that fairness is real."""
    with runner.clear_endings():
        settings = Settings.from_environment()
    runner.run(_prepare(settings))


async def _prepare(settings: Settings) -> None:
    from storage.keys import Keyring
    from workers import client as temporal

    client = await temporal.connect(settings, Keyring.load(settings.keyring_file))
    await temporal.register_search_attributes(client)
    if not await temporal.fairness_works(client):
        raise NotFair(
            "Temporal ignores fairness keys; mend: run the server with the dynamic config values "
            "matching.autoEnableV2=true and matching.enableFairness=true"
        )


async def _gateway(settings: Settings) -> None:
    async with AsyncExitStack() as open_parts:
        app = await _application(settings, open_parts)
        host, _, port = settings.listen_address.rpartition(":")
        await listen(app, host, int(port), app.state.live.close)


async def _application(settings: Settings, open_parts: AsyncExitStack) -> "FastAPI":
    from cli.beside import callbacks_of
    from gateway import app
    from gateway.doors import Doors
    from gateway.ports import Callback
    from storage import duty_files, schema
    from storage.keys import Keyring
    from storage.store import Store
    from workers import client as temporal
    from workers.codec import EncryptingCodec, JsonCodec
    from workers.wiring import put_policies
    from workflows.front_door import TemporalStories

    keyring = Keyring.load(settings.keyring_file)
    await schema.check(settings.database_url)
    store = Store.open(settings.database_url, keyring, media=settings.media_store)
    open_parts.push_async_callback(store.close)
    await put_policies(store, settings.policies_dir)
    await open_parts.enter_async_context(_checkpoints(store, settings))
    client = await temporal.connect(settings, keyring)
    callbacks: dict[str, Callback] = {}
    doors = Doors(
        store=store,
        stories=TemporalStories(client),
        keyring=keyring,
        settings=gateway_settings(settings),
        codec=JsonCodec(EncryptingCodec(keyring.payload)),
        duties=duty_files.load(settings.policies_dir),
        callbacks=callbacks,
        identities=await _identities(settings, open_parts),
    )
    callbacks.update(await callbacks_of(settings, doors))
    built = app.build(doors)
    open_parts.push_async_callback(built.state.live.ended)
    return built


async def _identities(settings: Settings, open_parts: AsyncExitStack) -> "Oidc | None":
    """Where staff may sign in besides here, if that is set up."""
    from integrations.http import Outbound
    from integrations.oidc.client import Oidc
    from integrations.oidc.settings import OidcSettings

    if settings.oidc_issuer is None:
        return None
    provider = OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id or "",
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
        name_claim=settings.oidc_name_claim,
    )
    return Oidc(await open_parts.enter_async_context(Outbound()), provider)


def gateway_settings(settings: Settings) -> "GatewaySettings":
    from gateway.settings import GatewaySettings, LiveLimits, Quotas, RecallLimits

    return GatewaySettings(
        public_url=settings.public_url.rstrip("/"),
        temporal_ui_url=settings.ui_url.rstrip("/"),
        temporal_namespace=settings.temporal_namespace,
        body_cap_bytes=settings.body_limit_bytes,
        batch_cap_bytes=settings.batch_limit_bytes,
        batch_cap_lines=settings.batch_limit_lines,
        longest_wait=timedelta(seconds=settings.wait_limit_s),
        clock_skew=timedelta(seconds=settings.future_limit_s),
        lease=timedelta(seconds=settings.claim_lease_s),
        desk_undo=timedelta(seconds=settings.desk_undo_s),
        session=timedelta(seconds=settings.session_s),
        session_idle=timedelta(seconds=settings.session_idle_s),
        groups=settings.oidc_groups,
        queueing=settings.queueing,
        care=settings.care,
        quality_at_least=settings.quality_at_least,
        assumed_jurisdiction=settings.assumed_jurisdiction,
        media_hidden=settings.media_hidden,
        quotas=Quotas(detections=settings.detections_per_minute),
        recalls=RecallLimits(
            pace=settings.recall_pace,
            fastest=settings.recall_fastest,
            plan_valid=timedelta(minutes=settings.recall_plan_valid_minutes),
        ),
        live=LiveLimits(
            every=timedelta(seconds=settings.live_every_s),
            streams=settings.live_streams,
            streams_per_session=settings.live_streams_per_session,
        ),
        codec_origins=_origins(settings.ui_url),
        codec_open_on_loopback=settings.codec_open_on_loopback,
    )


def _origins(ui_url: str) -> tuple[str, ...]:
    """As a browser names where the Temporal UI comes from; this machine goes by two names."""
    parts = urlsplit(ui_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.hostname == "127.0.0.1":
        return origin, origin.replace("127.0.0.1", "localhost")
    return (origin,)


@asynccontextmanager
async def _checkpoints(store: "Store", settings: Settings) -> AsyncIterator[None]:
    """Note each second where the audit trail stands, outside the database."""
    from storage.checkpoints import Checkpoints

    checkpoints = Checkpoints(store.database, store.keyring, settings.audit_checkpoints_file)
    writing = asyncio.create_task(checkpoints.keep_writing())
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.wait({writing})
