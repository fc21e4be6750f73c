"""What a bridge keeps between its runs: how far it is, what was refused, who may hold it."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import SecretStr, ValidationError

from casework.base import Model
from casework.errors import Conflict, Permanent
from cli import private_files

_KEY_BYTES = 32
LOOK_AGAIN = 50
"""How many of the last reports' numbers are kept."""


class BridgeInUse(Conflict):
    """Another bridge works from this directory."""

    code = "bridge_in_use"


class WrongPosition(Permanent):
    """The position that is kept is not one of this account, or cannot be read."""

    code = "wrong_position"


class Position(Model):
    """Everything before `token` and every one of `reports` was taken by the gateway, or written
    down as refused.

    Reports are numbered before they are stored, so a lower number may appear after a higher one.
    The last few numbers are kept for that, and what is not among them is still to be done.
    """

    account: str
    token: str
    reports: tuple[int, ...] = ()

    @classmethod
    def from_now_on(cls, account: str, token: str, newest_report: int) -> Self:
        before = range(max(newest_report - LOOK_AGAIN, 0) + 1, newest_report + 1)
        return cls(account=account, token=token, reports=tuple(before))

    @property
    def done_below(self) -> int:
        """Reports up to this number are not looked at any more."""
        return max(max(self.reports, default=0) - LOOK_AGAIN, 0)

    def moved(self, token: str, reports: Iterable[int]) -> Self:
        done = sorted({*self.reports, *reports})
        last = [number for number in done if number > done[-1] - LOOK_AGAIN]
        return self.model_copy(update={"token": token, "reports": tuple(last)})


class BridgePlace:
    """A directory for one bridge. Its files are for the owner's eyes: what is refused has content
    in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refused_file = folder / "refused.jsonl"
        self._position_file = folder / "position.json"
        self._key_file = folder / "reporters.key"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the directory; the system frees it however this process ends.

        Raises:
            BridgeInUse: somebody else holds it.
            WrongPosition: it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, private_files.OWNER_ALONE)
        except OSError as error:
            raise WrongPosition(f"{self.folder} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise BridgeInUse(f"another bridge works from {self.folder}") from None
        try:
            yield
        finally:
            os.close(lock)

    def position(self, account: str) -> Position | None:
        """Where the last run came to; None on the first one.

        Raises:
            WrongPosition: the file is of another account, or not ours.
        """
        try:
            kept = Position.model_validate_json(self._position_file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise WrongPosition(f"{self._position_file} is not a position of ours") from None
        if kept.account != account:
            raise WrongPosition(
                f"{self._position_file} is of another account; give this one its own --data"
            )
        return kept

    def keep(self, position: Position) -> None:
        """Replaced whole and on disk when this returns."""
        private_files.write(self._position_file, position.model_dump_json(indent=2))

    def key(self) -> SecretStr:
        """What hides reporters, made on the first run. With another key, the same person counts as
        another one."""
        if not self._key_file.exists():
            private_files.write(self._key_file, secrets.token_hex(_KEY_BYTES))
        return SecretStr(self._key_file.read_text(encoding="ascii").strip())

    def refuse(self, code: str, detail: str, what: str) -> None:
        """Append a line about what no gateway takes; on disk when this returns."""
        line = json.dumps({"code": code, "detail": detail, "what": json.loads(what)})
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.refused_file, flags, private_files.OWNER_ALONE), "a") as out:
            out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())
