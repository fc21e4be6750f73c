"""`casework up`: everything on this machine, until Ctrl-C."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from cli import options, runner, show
from cli.data_dir import DataDir
from cli.town import Town, Wishes, refuse_taken_ports
from workers import temporal_server
from workers.kinds import PlatformKind, RealPlatform

_VENDORS = {"vendor_moderation"}

Report = Callable[[Town, DataDir, float], None]
After = Callable[[DataDir], Coroutine[Any, Any, None]]


Port = Annotated[int, typer.Option(help="Console and API.", min=1, max=65535)]
TemporalPort = Annotated[int, typer.Option(help="The Temporal server.", min=1, max=65535)]
UiPort = Annotated[int, typer.Option(help="The Temporal UI.", min=1, max=65535)]
PlatformUrl = Annotated[
    str | None, typer.Option(help="A real platform instead of the simulated one.")
]
Kind = Annotated[PlatformKind, typer.Option(help="What it is; `webhook` speaks our own contract.")]
PlatformSecret = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="Its access token or signing secret."),
]
VendorUrl = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=URL", help="A real vendor: vendor_moderation=https://..."),
]
Demo = Annotated[bool, typer.Option("--demo", help="Play the demo once ready.")]


def up(
    data: options.Data = options.DEFAULT_DATA,
    port: Port = 8080,
    temporal_port: TemporalPort = 7233,
    ui_port: UiPort = 8233,
    platform_url: PlatformUrl = None,
    platform_kind: Kind = PlatformKind.WEBHOOK,
    platform_secret_file: PlatformSecret = None,
    vendor_url: VendorUrl = None,
    demo: Demo = False,
    as_json: options.Json = False,
) -> None:
    """Start everything on this machine, and keep it running until Ctrl-C.

    Temporal with its UI, the database, the gateway with the console, a worker, and a simulated
    platform, vendor and inbox. Open cases carry on where they were.
    """
    vendors = _named_urls(vendor_url or [])
    wishes = Wishes(
        data=data,
        port=port,
        temporal_port=temporal_port,
        ui_port=ui_port,
        platform=_real_platform(platform_kind, platform_url, platform_secret_file),
        vendor_moderation_url=vendors.get("vendor_moderation"),
    )
    os.umask(0o077)  # what we and our children write is for this user's eyes alone
    after = _play_demo if demo else _nothing
    report = _print_json if as_json else _print_places
    runner.run(_serve(wishes, report, after))


async def _serve(wishes: Wishes, report: Report, after: After) -> None:
    began = time.monotonic()
    data = DataDir(wishes.data)
    binary = temporal_server.binary()
    with data.taken():
        refuse_taken_ports(wishes)
        town = Town(data, wishes, binary)
        async with _told_to_stop(town) as told:
            await _unless(told, town.open())
            if not told.is_set():
                report(town, data, time.monotonic() - began)
                await _unless(told, after(data))
            await told.wait()


@asynccontextmanager
async def _told_to_stop(town: Town) -> AsyncIterator[asyncio.Event]:
    """An event that Ctrl-C or SIGTERM sets; whatever happens, the town is closed at the end.

    A second Ctrl-C kills what still runs.
    """
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        if told.is_set():
            town.kill()
        else:
            show.say("casework up: stopping")
            told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield told
    finally:
        told.set()
        await town.close()
        show.say("casework up: stopped")


async def _unless(told: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, or leave it when told to stop meanwhile."""
    doing = asyncio.create_task(work)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if doing.done():
        return doing.result()
    doing.cancel()
    await asyncio.wait({doing})
    return None


async def _nothing(_data: DataDir) -> None:
    """No demo."""


async def _play_demo(data: DataDir) -> None:
    """As a process of its own, on this terminal; whatever comes of it, we keep serving."""
    command = [sys.executable, "-m", "cli", "demo", "--data", str(data.path)]
    demo = await asyncio.create_subprocess_exec(*command)
    try:
        if await demo.wait():
            show.say("casework up: the demo did not go well; still serving until Ctrl-C")
    except asyncio.CancelledError:
        if demo.returncode is None:
            demo.terminate()
        await demo.wait()
        raise


def _print_places(town: Town, data: DataDir, seconds: float) -> None:
    titles = {
        "console": "Console",
        "api": "API",
        "openapi": "OpenAPI",
        "temporal_ui": "Temporal UI",
        "platform": "Platform",
        "vendor_moderation": "Vendor",
        "inbox": "Inbox (mail, pages)",
    }
    rows = [(title, town.urls[name]) for name, title in titles.items()]
    rows.append(("Passwords", str(data.passwords_file)))
    rows.append(("Tokens", str(data.tokens_file)))
    show.table(
        ("", "ready"), rows, title=f"Casework is ready after {seconds:.1f} s. Ctrl-C stops it."
    )


def _print_json(town: Town, data: DataDir, seconds: float) -> None:
    ready = town.running.model_dump(mode="json")
    secrets = {"tokens": str(data.tokens_file), "passwords": str(data.passwords_file)}
    show.as_json(ready | secrets | {"seconds": round(seconds, 2)})


def _real_platform(
    kind: PlatformKind, url: str | None, secret_file: Path | None
) -> RealPlatform | None:
    if url is None:
        if kind is PlatformKind.WEBHOOK and secret_file is None:
            return None
        raise typer.BadParameter("--platform-url is needed with --platform-kind or -secret-file")
    if kind is not PlatformKind.WEBHOOK and secret_file is None:
        raise typer.BadParameter(f"--platform-kind {kind} needs --platform-secret-file")
    secret = SecretStr(secret_file.read_text("utf-8").strip()) if secret_file else None
    return RealPlatform(kind=kind, url=_checked_url(url, "--platform-url"), secret=secret)


def _named_urls(values: list[str]) -> dict[str, str]:
    named = {}
    for value in values:
        name, found, url = value.partition("=")
        if not found or name not in _VENDORS:
            known = ", ".join(sorted(_VENDORS))
            raise typer.BadParameter(f"--vendor-url takes NAME=URL with a NAME of: {known}")
        named[name] = _checked_url(url, "--vendor-url")
    return named


def _checked_url(url: str, flag: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise typer.BadParameter(f"{flag} takes an http:// or https:// address")
    return url.rstrip("/")
