"""`casework keyring`: the file with all keys of a deployment, made and rotated where it lies."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casework.errors import Conflict
from cli import private_files, runner, show

if TYPE_CHECKING:
    from storage.keys import Keyring, KeySet

keyring = typer.Typer(no_args_is_help=True, help="The file with all keys.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The keyring.")]


class NotNow(Conflict):
    """A step of a rotation came out of its order. Doing it would lock processes out."""

    code = "rotation_out_of_order"


@keyring.command("create")
def create(file: File) -> None:
    """Make all keys of a new deployment, in a file for its owner alone (mode 0600).

    A file that is there already is left as it is: new keys could not open what the old ones sealed.
    """
    from storage.keys import Keyring

    with runner.clear_endings():
        Keyring.create(file)
    show.line(f"{file} holds the keys; keep a copy of it apart from the database")


@keyring.command("prepare")
def prepare(file: File) -> None:
    """Put a new payload and a new evidence key on the ring, which only open for now.

    Then start every gateway and worker again, so that each knows the new keys before any uses them.
    """
    with runner.clear_endings():
        ring = _loaded(file)
        if _newest(ring.payload) != ring.payload.current:
            raise NotNow("new keys are on the ring already; next: casework keyring rotate")
        _keep(file, ring, payload=_prepared(ring.payload), evidence=_prepared(ring.evidence))
    show.line("new keys are on the ring; start every gateway and worker again, then rotate")


@keyring.command("rotate")
def rotate(file: File) -> None:
    """Let the prepared keys seal from now on. The old ones stay, and open what they sealed.

    Each gateway and worker seals with them from its next start on, in any order.
    """
    with runner.clear_endings():
        ring = _loaded(file)
        if _newest(ring.payload) == ring.payload.current:
            raise NotNow("no new keys are on the ring; first: casework keyring prepare")
        _keep(file, ring, payload=_rotated(ring.payload), evidence=_rotated(ring.evidence))
    show.line("the new keys seal; start every gateway and worker again")


def _loaded(file: Path) -> "Keyring":
    from storage.keys import Keyring

    return Keyring.load(file)


def _newest(keys: "KeySet") -> str:
    """Keys stand in the file in the order in which they were made."""
    return next(reversed(keys.keys))


def _prepared(keys: "KeySet") -> "KeySet":
    return keys.with_new_key().model_copy(update={"current": keys.current})


def _rotated(keys: "KeySet") -> "KeySet":
    return keys.model_copy(update={"current": _newest(keys)})


def _keep(file: Path, ring: "Keyring", *, payload: "KeySet", evidence: "KeySet") -> None:
    """Whoever could read the file still can."""
    changed = ring.model_copy(update={"payload": payload, "evidence": evidence})
    mode = stat.S_IMODE(file.stat().st_mode)
    private_files.write(file, changed.model_dump_json(indent=2), mode)
