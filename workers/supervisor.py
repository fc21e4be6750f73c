"""Keeps a tree of processes alive: starts, watches, restarts and stops them in order."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from casework.errors import Permanent

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
STEADY_AFTER_S = 30.0
"""A process that lived this long starts again at once, like one that never failed."""
TRIES_AT_START = 3
"""A process that dies this often before it was ever ready will not become ready by itself."""
_PROBE_EVERY_S = 0.1
_LOGS_KEPT = 3
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Say = Callable[[str], None]


class StartFailed(Permanent):
    """A process cannot be brought up; the message names its log and that log's last line."""

    code = "start_failed"


@dataclass(frozen=True)
class Program:
    """What to run, and how one sees that it works."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_within_s: float = 2.0


class Child:
    """One program, started again whenever it ends, until it is stopped."""

    def __init__(self, program: Program, say: Say, changed: Callable[[], None]) -> None:
        self.program = program
        self.deaths = 0
        self._say = say
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._was_ready = False

    @property
    def pid(self) -> int | None:
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def start(self) -> None:
        """Return once the process exists; it is not ready yet."""
        _rotate(self.program.log)
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())

    async def until_ready(self) -> None:
        """Wait for the program's own probe.

        Raises:
            StartFailed: when it keeps dying before it was ever ready.
        """
        while not (self.pid and await self.program.ready()):
            if self.deaths >= TRIES_AT_START and not self._was_ready:
                raise StartFailed(self._last_words())
            await asyncio.sleep(_PROBE_EVERY_S)
        self._was_ready = True

    async def stop(self) -> None:
        """Ask it to end; kill it when it has not ended within its time."""
        self._stopping.set()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), self.program.stop_within_s)
            except TimeoutError:
                self._say(f"{self.program.name} did not stop in time and was killed")
                self.kill()
        if self._keeper:
            await self._keeper

    def kill(self) -> None:
        """End it at once; unless it is being stopped, it is then started again."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def _keep(self) -> None:
        pause, loop = FIRST_PAUSE_S, asyncio.get_running_loop()
        while self._process:
            began = loop.time()
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            self.deaths += 1
            if loop.time() - began > STEADY_AFTER_S:
                pause = FIRST_PAUSE_S
            self._say(f"{self.program.name} ended ({_how(code)}); starting it again in {pause:g} s")
            if await _happens(self._stopping, within=pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE_S)
            await self._spawn()

    async def _spawn(self) -> None:
        with self.program.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.program.environment},
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
                preexec_fn=_leash(),
            )
        self._changed()

    def _last_words(self) -> str:
        lines = self.program.log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
        return f"{self.program.name} does not start: {last[:300]} (all in {self.program.log})"


class Supervisor:
    """Several programs, stopped in the order in which they were named to `stop`."""

    def __init__(self, say: Say, changed: Callable[[], None]) -> None:
        self._say = say
        self._changed = changed
        self._children: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items() if child.pid}

    async def start(self, program: Program) -> Child:
        child = Child(program, self._say, self._changed)
        self._children[program.name] = child
        await child.start()
        return child

    def child(self, name: str) -> Child:
        return self._children[name]

    async def until_ready(self, within_s: float) -> None:
        """Wait until every program is ready.

        Raises:
            StartFailed: when one keeps dying, or the time is over; names those not ready.
        """
        waiting = {
            asyncio.create_task(child.until_ready(), name=name)
            for name, child in self._children.items()
        }
        try:
            done, late = await asyncio.wait(
                waiting, timeout=within_s, return_when=asyncio.FIRST_EXCEPTION
            )
            for task in done:
                task.result()
            if late:
                names = ", ".join(sorted(task.get_name() for task in late))
                raise StartFailed(f"not ready after {within_s:g} s: {names}")
        finally:
            for task in waiting:
                task.cancel()

    async def stop(self, order: Sequence[Sequence[str]]) -> None:
        """Stop group after group; the members of a group at the same time."""
        for group in order:
            present = [self._children[name] for name in group if name in self._children]
            await asyncio.gather(*(child.stop() for child in present))

    def kill_all(self) -> None:
        for child in self._children.values():
            child.kill()


async def _happens(event: asyncio.Event, *, within: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _rotate(log: Path) -> None:
    """Move the last run's log aside: `x.log` to `x.log.1` and so on; the oldest is dropped."""
    log.parent.mkdir(parents=True, exist_ok=True)
    for number in range(_LOGS_KEPT, 0, -1):
        older = log if number == 1 else log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))


def _leash() -> Callable[[], None] | None:
    """For the child, before it becomes its program: be killed when the parent dies.

    A supervisor that is killed outright cannot stop anybody. Only Linux can do this.
    """
    if sys.platform != "linux":
        return None
    return partial(_die_with_parent, ctypes.CDLL(None, use_errno=True).prctl, os.getpid())


def _die_with_parent(prctl: Callable[[int, int], int], parent: int) -> None:
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
