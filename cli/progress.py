"""Progress of long work: a bar on a terminal, now and then a line elsewhere. Always on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli import show

_A_LINE_EVERY_S = 5.0


class Tracker(Protocol):
    def update(self, done: int, note: str = "") -> None: ...


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, done: int, note: str = "") -> None:
        self._progress.update(self._task, completed=done, note=show.one_line(note))


class _Lines:
    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._said_at = time.monotonic()

    def update(self, done: int, note: str = "") -> None:
        if done < self._total and time.monotonic() - self._said_at < _A_LINE_EVERY_S:
            return
        self._said_at = time.monotonic()
        show.say(f"{self._title}: {done} of {self._total} {note}")


@contextmanager
def tracked(title: str, total: int) -> Iterator[Tracker]:
    """Something to tell how far the work is; `total` is what `done` will end at."""
    if not sys.stderr.isatty():
        yield _Lines(title, total)
        return
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=show.err(),
    )
    with progress:
        yield _Bar(progress, progress.add_task(title, total=total, note=""))
