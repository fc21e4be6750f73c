"""`casework simulate`: the small outside world of `casework up`, a process each; and a Coop to try
that leg by hand."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from cli import logs, runner, simulated_coop
from cli.listening import listen
from workers.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_HOST = "127.0.0.1"


class Simulated(StrEnum):
    PLATFORM = "platform"
    VENDOR = "vendor"
    INBOX = "inbox"
    COOP = "coop"


def simulate(
    what: Annotated[Simulated, typer.Argument()],
    port: Annotated[int, typer.Option(min=1, max=65535)],
    folder: Annotated[Path, typer.Option(help="Where it keeps what happened to it.")],
    smtp_port: Annotated[int, typer.Option(help="For the inbox's mail.")] = 1025,
    gateway: Annotated[str, typer.Option(help="Where Coop calls back.")] = "http://127.0.0.1:8080",
) -> None:
    """Run a simulated system on 127.0.0.1. Secrets come from CASEWORK_* variables."""
    logs.configure(what.value)
    if what is Simulated.COOP:
        runner.run(simulated_coop.run(port, folder, gateway))
        return
    with runner.clear_endings():
        settings = Settings.from_environment()
    if what is Simulated.INBOX:
        runner.run(_inbox(settings, port, smtp_port, folder))
    else:
        runner.run(listen(_application(what, settings, folder), _HOST, port))


def _application(what: Simulated, settings: Settings, folder: Path) -> "FastAPI":
    if what is Simulated.PLATFORM:
        from integrations.platform import simulator as platform

        keys = (settings.platform_secret,) if settings.platform_secret else ()
        return platform.app(
            platform.PlatformSimulatorSettings(state_file=folder / "platform.db", signing_keys=keys)
        )
    from integrations.openai_moderation import simulator as vendor

    return vendor.app(vendor.VendorSimulatorSettings(key=settings.vendor_moderation_key))


async def _inbox(settings: Settings, port: int, smtp_port: int, folder: Path) -> None:
    from integrations.inbox import simulator as inbox

    await inbox.serve(_HOST, port, smtp_port, folder / "inbox", _clear(settings))


def _clear(settings: Settings) -> str | None:
    secret: SecretStr | None = settings.notice_webhook_secret
    return secret.get_secret_value() if secret else None
