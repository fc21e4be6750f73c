"""`casework demo-matrix`: from nothing to a table of what became of every promise."""

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cli import options, runner, show
from cli.matrix_demo.scenes import Play
from cli.matrix_demo.stage import set_up
from cli.matrix_demo.telling import ForPrograms, OnATerminal, Seen, Teller

Folder = Annotated[
    Path | None,
    typer.Option(
        "--data", help="A new directory to keep everything in. [one that is removed at the end]"
    ),
]


def demo_matrix(data: Folder = None, as_json: options.Json = False) -> None:
    """Play a small story on a real Matrix homeserver, and check what became of it there.

    Starts Synapse (`make synapse` installs it), Casework and the bridge on free ports, and ends
    them again. Takes about two minutes. Exit code 0 only if every promise held.
    """
    os.umask(0o077)
    folder = _new(data) if data else Path(tempfile.mkdtemp(prefix="casework-matrix-"))
    try:
        seen = runner.run(_play(folder, ForPrograms() if as_json else OnATerminal()))
        report(seen, as_json=as_json)
        end(folder, seen)
    except typer.Exit as ending:
        if data is None and ending.exit_code == runner.ExitCode.INTERRUPTED:
            shutil.rmtree(folder)
        raise
    if data is None:
        shutil.rmtree(folder)


def _new(folder: Path) -> Path:
    """The story begins anew each time: its people can move in once."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise typer.BadParameter("--data takes a new directory, and this one has files in it")
    return folder.resolve()


async def _play(folder: Path, teller: Teller) -> list[Seen]:
    """Told to stop, it ends what it started first."""
    playing = asyncio.current_task()
    assert playing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    teller.scene("A homeserver, Casework, and the bridge between them")
    teller.note(f"files and logs are in {folder}")
    async with set_up(folder, teller) as stage:
        return await Play(stage, teller).perform()


def report(seen: list[Seen], *, as_json: bool) -> None:
    if as_json:
        holds = all(each.holds for each in seen)
        show.as_json({"holds": holds, "seen": [each.model_dump() for each in seen]})
        return
    rows = [(each.what, each.expected, each.seen, "✔" if each.holds else "✘") for each in seen]
    show.table(("what", "expected", "seen", ""), rows, title="On the homeserver")


def end(folder: Path, seen: list[Seen]) -> None:
    """Exit code 1 when a promise did not hold; then nothing is removed."""
    broken = [each for each in seen if not each.holds]
    if broken:
        runner.fail(f"{len(broken)} of {len(seen)} did not hold; the logs are in {folder}")
