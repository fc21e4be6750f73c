"""Signed notes of where the audit trail stood, kept outside the database.

Without them, somebody who may write to the database could cut off the end of the trail. What was
cut off within the second before the first note of it is not found.
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from sqlalchemy import select

from casework.base import Model
from casework.errors import Unavailable
from storage.audit_chain import checkpoint_mac, moment_text, same
from storage.engine import Database
from storage.keys import Keyring
from storage.tables import audit

_LONGEST_LINE = 1_024


class Checkpoint(Model):
    """The trail had `seq` lines at `at` (ISO 8601, UTC), and the last one's digest was this."""

    seq: int
    digest: str
    at: str
    mac: str

    @classmethod
    def signed(cls, key: bytes, seq: int, digest: str, at: str) -> Self:
        return cls(seq=seq, digest=digest, at=at, mac=checkpoint_mac(key, seq, digest, at))

    def is_genuine(self, key: bytes) -> bool:
        return same(self.mac, checkpoint_mac(key, self.seq, self.digest, self.at))


class Checkpoints:
    """Appends to a file; several processes may append to the same one."""

    def __init__(self, database: Database, keyring: Keyring, file: Path) -> None:
        self._database = database
        self._key = keyring.audit
        self._file = file

    async def write(self) -> bool:
        """Note where the trail stands, unless that is noted already; whether it was written."""
        end = select(audit.c.seq, audit.c.digest).order_by(audit.c.seq.desc()).limit(1)
        last = await self._database.read(lambda tx: tx.row(end))
        if last is None:
            return False
        at = moment_text(self._database.now())
        checkpoint = Checkpoint.signed(self._key, last.seq, last.digest, at)
        return await asyncio.to_thread(_append, self._file, checkpoint)

    async def keep_writing(self, every: float = 1.0) -> None:
        """Write every so many seconds until cancelled, and once more then.

        While the database or the disk is away nothing is written; the next time it is.
        """
        try:
            while True:
                with suppress(Unavailable, OSError):
                    await self.write()
                await asyncio.sleep(every)
        finally:
            with suppress(Unavailable, OSError):
                await self.write()


def read(file: Path) -> list[Checkpoint]:
    """All that can be read; a line that a crash tore apart says nothing."""
    if not file.exists():
        return []
    found = (_parsed(line) for line in file.read_bytes().splitlines())
    return [checkpoint for checkpoint in found if checkpoint is not None]


def _parsed(line: bytes) -> Checkpoint | None:
    try:
        return Checkpoint.model_validate_json(line)
    except ValidationError:
        return None


def _append(path: Path, checkpoint: Checkpoint) -> bool:
    """One write, so that lines of several processes never mix, and on the disk before it counts."""
    with path.open("a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _LONGEST_LINE, 0))
        tail = file.read()
        before = _parsed(tail.splitlines()[-1]) if tail else None
        if before is not None and (before.seq, before.digest) == (
            checkpoint.seq, checkpoint.digest,
        ):  # fmt: skip
            return False
        torn = b"" if not tail or tail.endswith(b"\n") else b"\n"
        file.write(torn + checkpoint.model_dump_json().encode() + b"\n")
        os.fsync(file.fileno())
    return True
