"""The data directory of `casework up`: what is in it, and who may use it."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from casework.base import Model
from casework.errors import Conflict, Permanent, Unavailable
from casework.words import Role
from cli import private_files
from workers.settings import Ports

if TYPE_CHECKING:
    from storage.keys import Keyring

_TOKEN_BYTES = 32
_PASSWORD_BYTES = 12


class InUse(Conflict):
    """Another `casework up` has this directory."""

    code = "in_use"


class DataDirMistake(Permanent):
    """A file in the directory is not what we wrote there, or cannot be written."""

    code = "data_dir_mistake"


class NotRunning(Unavailable):
    """No `casework up` runs on this directory."""

    code = "not_running"


class Running(Model):
    """`up.json`: what runs now. Written when ready and after every restart, removed at the end."""

    pid: int
    pids: dict[str, int]
    ports: Ports
    urls: dict[str, str]


class DataDir:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.keyring_file = self.path / "keyring.json"
        self.tokens_file = self.path / "tokens.json"
        self.passwords_file = self.path / "passwords.json"
        self.running_file = self.path / "up.json"
        self.temporal_file = self.path / "temporal.db"
        self.logs = self.path / "logs"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the directory; the system frees it however this process ends.

        Raises:
            InUse: when somebody else holds it.
        """
        self._make()
        lock = os.open(self.path / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InUse(f"{self.path} is in use by another `casework up`") from None
        try:
            yield
        finally:
            os.close(lock)

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise DataDirMistake(f"{self.path} cannot be written: {error.strerror}") from None

    def keyring(self) -> "Keyring":
        """The keys, made on the first run. A lost file is never replaced beside a database."""
        from storage.keys import Keyring

        if self.keyring_file.exists():
            return Keyring.load(self.keyring_file)
        if (self.path / "casework.db").exists():
            raise DataDirMistake(
                f"{self.keyring_file} is missing, and {self.path} holds cases sealed with it: "
                "put it back, or use another --data"
            )
        return Keyring.create(self.keyring_file)

    def tokens(self) -> dict[Role, str]:
        """One token per role, made on the first run and kept.

        Raises:
            NotRunning: when nothing ever ran here.
        """
        return self._secrets(self.tokens_file)

    def passwords(self) -> dict[Role, str]:
        """One password per role that signs in, as `tokens`. The username is the role's name."""
        return self._secrets(self.passwords_file)

    def keep_tokens(self, tokens: dict[Role, str]) -> None:
        _keep_secrets(self.tokens_file, tokens)

    def keep_passwords(self, passwords: dict[Role, str]) -> None:
        _keep_secrets(self.passwords_file, passwords)

    def _secrets(self, file: Path) -> dict[Role, str]:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            return {Role(role): str(secret) for role, secret in found.items()}
        except FileNotFoundError:
            raise NotRunning(
                f"no {file.stem} in {self.path}: is it the --data of `casework up`?"
            ) from None
        except (ValueError, AttributeError):
            raise DataDirMistake(f"{file} is not a file of {file.stem}") from None

    def note_running(self, running: Running) -> None:
        private_files.write(self.running_file, running.model_dump_json(indent=2))

    def forget_running(self) -> None:
        self.running_file.unlink(missing_ok=True)

    def running(self) -> Running:
        """What runs here now.

        Raises:
            NotRunning: nothing does, or a killed one left its note behind.
        """
        try:
            running = Running.model_validate_json(self.running_file.read_text(encoding="utf-8"))
            os.kill(running.pid, 0)
        except (OSError, ValidationError):
            raise NotRunning(
                f"no `casework up` runs on {self.path}: start it, or name another place with "
                "--data or --url"
            ) from None
        return running


def _keep_secrets(file: Path, secret_of: dict[Role, str]) -> None:
    named = {role.value: secret for role, secret in secret_of.items()}
    private_files.write(file, json.dumps(named, indent=2))


def new_tokens() -> dict[Role, str]:
    return {role: secrets.token_urlsafe(_TOKEN_BYTES) for role in Role}


def new_passwords() -> dict[Role, str]:
    """Short enough to type. Detectors are machines and have none."""
    people = [role for role in Role if role is not Role.DETECTOR]
    return {role: secrets.token_urlsafe(_PASSWORD_BYTES) for role in people}
