"""Finds whatever was done to the audit trail, or behind its back, without the running system."""

from pathlib import Path

from casework.base import Model
from storage.engine import Database
from storage.keys import Keyring


class Problem(Model):
    """`kind` is a stable word; `at` the line's number, or the row's id."""

    kind: str
    at: str
    detail: str


class Report(Model):
    lines: int
    checkpoints: int
    decisions: int
    actions: int
    problems: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.problems


async def verify(database: Database, keyring: Keyring, checkpoints_file: Path | None) -> Report:
    """Read the whole trail and compare it with its signatures, its checkpoints and its tables."""
    raise NotImplementedError
