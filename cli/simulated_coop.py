"""`casework simulate coop`: another team's Coop, to try that leg by hand."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli import private_files, show

if TYPE_CHECKING:
    from fastapi import FastAPI

    from integrations.coop.simulator import Signer

_KEY_BYTES = 24


async def run(port: int, folder: Path, gateway: str) -> None:
    """Serve it until Ctrl-C. Its jobs and keys are in `folder`, and outlive the process.

    Prints what the gateway and the worker have to be told of it.
    """
    from cli.listening import listen

    here = f"http://127.0.0.1:{port}"
    async with _application(folder, f"{gateway.rstrip('/')}/v1/callbacks/coop") as app:
        show.line(f"export CASEWORK_COOP_URL={here}")
        show.line(f"export CASEWORK_COOP_API_KEY_FILE={(folder / 'api-key').resolve()}")
        show.line(f"export CASEWORK_COOP_PUBLIC_KEY_FILE={(folder / 'public.pem').resolve()}")
        await listen(app, "127.0.0.1", port)


@asynccontextmanager
async def _application(folder: Path, callback: str) -> AsyncIterator["FastAPI"]:
    import httpx

    from integrations.coop.moderators import Moderators
    from integrations.coop.simulator import CoopSimulator

    _make(folder)
    coop = CoopSimulator(_api_key(folder / "api-key"), folder / "jobs.jsonl")
    signer = _signer(folder)
    async with httpx.AsyncClient() as http:
        app = coop.app()
        app.include_router(Moderators(coop, signer, callback, http).router())
        yield app


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _api_key(file: Path) -> str:
    if not file.exists():
        private_files.write(file, secrets.token_urlsafe(_KEY_BYTES))
    return file.read_text(encoding="utf-8").strip()


def _signer(folder: Path) -> "Signer":
    """The same key as before a restart: the gateway knows its public half."""
    from integrations.coop.simulator import Signer

    file = folder / "private.pem"
    if not file.exists():
        private_files.write(file, Signer().private_pem)
    signer = Signer.of(file.read_text(encoding="utf-8"))
    private_files.write(folder / "public.pem", signer.public_pem)
    return signer
