"""What a process has used so far, read from outside it."""

import asyncio
import os
import resource
from collections.abc import Mapping
from pathlib import Path

from casework.base import Model
from casework.errors import Unavailable

_PROC = Path("/proc")
_USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 11, 12, 13, 14
"""Where they stand in `/proc/<pid>/stat` after the name: proc(5)."""
_PARENT = 1


class Reading(Model):
    """CPU in seconds by the part's name, since each began."""

    cpu: Mapping[str, float]

    def since(self, before: "Reading") -> dict[str, float]:
        return {name: used - before.cpu[name] for name, used in self.cpu.items()}


class Meter:
    """Reads the processes of these ids, the database with its children, and this very process.

    A tick of the system's clock, 10 ms as a rule, is the finest it tells: that is 1 ms per case in
    a block of ten.
    """

    def __init__(self, pids: Mapping[str, int], database: int | None) -> None:
        if not _PROC.is_dir():
            raise Unavailable("CPU per process is read from /proc, which this system does not have")
        self._pids = pids
        self._database = database

    def read(self) -> Reading:
        cpu = {name: _used(_stat(pid)) for name, pid in self._pids.items()}
        cpu["database"] = 0.0 if self._database is None else _family(self._database)
        mine = resource.getrusage(resource.RUSAGE_SELF)
        cpu["client"] = mine.ru_utime + mine.ru_stime
        return Reading(cpu=cpu)


async def commits_at(port: int) -> int | None:
    """What a worker of the benchmark says; None while it does not listen yet."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    said = await reader.readline()
    writer.close()
    return int(said) if said.strip() else None


def _stat(pid: int) -> list[str]:
    """The fields after the name, which itself may hold blanks and brackets."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise Unavailable("a process that was to be measured has ended") from None
    return text.rpartition(")")[2].split()


def _used(stat: list[str]) -> float:
    return _seconds(stat, _USER, _SYSTEM)


def _family(pid: int) -> float:
    """PostgreSQL has a process per connection: those alive, and those it has seen the end of."""
    own = _seconds(_stat(pid), _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM)
    return own + sum(_used(stat) for stat in _everybody() if stat[_PARENT] == str(pid))


def _everybody() -> list[list[str]]:
    stats = []
    for one in _PROC.glob("[0-9]*"):
        try:
            stats.append(_stat(int(one.name)))
        except Unavailable:  # it ended while we looked
            continue
    return stats


def _seconds(stat: list[str], *fields: int) -> float:
    return sum(int(stat[field]) for field in fields) / os.sysconf("SC_CLK_TCK")
