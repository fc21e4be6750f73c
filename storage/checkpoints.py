"""Signed notes of where the audit trail stood, kept outside the database.

Without them, somebody who may write to the database could cut off the end of the trail.
"""

from pathlib import Path

from casework.base import Model, Moment
from storage.engine import Database
from storage.keys import Keyring


class Checkpoint(Model):
    """The trail had `seq` lines at `at`, and the last one's digest was this."""

    seq: int
    digest: str
    at: Moment
    mac: str


class Checkpoints:
    """Appends to a file; several processes may append to the same one."""

    def __init__(self, database: Database, keyring: Keyring, file: Path) -> None:
        self._database = database
        self._key = keyring.audit
        self._file = file

    async def write(self) -> bool:
        """Note where the trail stands, unless that is noted already; whether it was written."""
        raise NotImplementedError

    async def keep_writing(self, every: float = 1.0) -> None:
        """Write every so many seconds until cancelled, and once more then."""
        raise NotImplementedError
