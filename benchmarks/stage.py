"""Every process of a run, on 127.0.0.1 and ports of its own: one Temporal for all, two workers."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.databases import Engine, Place, database
from benchmarks.meter import Meter, commits_at
from benchmarks.worker import Whose
from casework.errors import Unavailable
from cli import show
from storage import schema
from storage.keys import Keyring
from workers import probes, temporal_server
from workers.settings import Ports, Settings
from workers.supervisor import Program, Supervisor
from workers.temporal_server import TemporalUi

_READY_WITHIN_S = 60.0
_SIMULATORS = ("platform", "vendor", "inbox")
_WORKERS = {Whose.CASEWORK: "casework_worker", Whose.BARE: "bare_worker"}
_STOPPING = (tuple(_WORKERS.values()), _SIMULATORS, ("temporal",))


@dataclass(frozen=True)
class Stage:
    """What a run needs to know of the processes around it."""

    settings: Settings
    keyring: Keyring
    rows: Path
    meter: Meter
    inbox_url: str
    counters: Mapping[Whose, int]
    supervisor: Supervisor

    async def commits(self, whose: Whose) -> int:
        """Those of its worker. Raises Unavailable when it is gone."""
        count = await commits_at(self.counters[whose])
        if count is None:
            raise Unavailable(f"the {whose} worker has ended")
        return count

    def still_whole(self) -> None:
        """Raises Unavailable if a process was lost: what was measured then means nothing."""
        for name in ("temporal", *_SIMULATORS, *_WORKERS.values()):
            if self.supervisor.child(name).deaths:
                raise Unavailable(f"{name} ended during the run")


@asynccontextmanager
async def built(folder: Path, engine: Engine) -> AsyncIterator[Stage]:
    """Everything up and ready; stopped at the end, however that comes.

    Raises:
        StartFailed, Unavailable: when a part cannot be brought up.
    """
    async with database(engine, folder) as place:
        supervisor = Supervisor(show.say, lambda: None)
        try:
            yield await _Builder(folder, place, supervisor).build()
        finally:
            await supervisor.stop(_STOPPING)


class _Builder:
    def __init__(self, folder: Path, place: Place, supervisor: Supervisor) -> None:
        *rest, casework, bare = probes.free_ports(10)
        names = ("gateway", "temporal", "ui", "platform", "vendor", "inbox", "smtp", "metrics")
        self._ports = Ports.model_validate(dict(zip(names, rest, strict=True)))
        self._counters = {Whose.CASEWORK: casework, Whose.BARE: bare}
        self._keyring = Keyring.create(folder / "keyring.json")
        embedded = Settings.embedded(folder, self._ports, self._keyring.webhook_secret)
        self._settings = embedded.model_copy(update={"database_url": place.url})
        self._place = place
        self._folder = folder
        self._supervisor = supervisor

    async def build(self) -> Stage:
        for program in (self._temporal(), *map(self._simulator, _SIMULATORS)):
            await self._supervisor.start(program)
        await schema.upgrade(self._place.url)
        await self._supervisor.child("temporal").until_ready()
        for whose in Whose:
            await self._supervisor.start(self._worker(whose))
        await self._supervisor.until_ready(_READY_WITHIN_S)
        return Stage(
            settings=self._settings,
            keyring=self._keyring,
            rows=self._rows,
            meter=Meter(self._measured(), self._place.pid),
            inbox_url=f"http://127.0.0.1:{self._ports.inbox}",
            counters=self._counters,
            supervisor=self._supervisor,
        )

    @property
    def _rows(self) -> Path:
        return self._folder / "bare.db"

    def _measured(self) -> dict[str, int]:
        pids = self._supervisor.pids
        named = {"server": "temporal", **{whose.value: name for whose, name in _WORKERS.items()}}
        return {part: pids[name] for part, name in named.items()}

    def _temporal(self) -> Program:
        ports = self._ports
        command = temporal_server.command(
            temporal_server.binary(),
            self._folder / "temporal.db",
            ports.temporal,
            ports.ui,
            f"{self._settings.public_url}/codec",
        )
        ui = TemporalUi(self._settings.ui_url, self._settings.temporal_namespace)
        return self._program("temporal", command, ui.answers)

    def _simulator(self, name: str) -> Program:
        port = getattr(self._ports, name)
        where = ["--port", str(port), "--folder", str(self._folder)]
        more = ["--smtp-port", str(self._ports.smtp)] if name == "inbox" else []
        command = [sys.executable, "-m", "cli", "simulate", name, *where, *more]
        return self._program(name, command, partial(probes.listens, "127.0.0.1", port))

    def _worker(self, whose: Whose) -> Program:
        port = self._counters[whose]
        told = ["--port", str(port), "--rows", str(self._rows)]
        command = [sys.executable, "-m", "benchmarks.worker", whose.value, *told]

        async def counts() -> bool:
            return await commits_at(port) is not None

        return self._program(_WORKERS[whose], command, counts)

    def _program(
        self, name: str, command: Sequence[str], ready: Callable[[], Awaitable[bool]]
    ) -> Program:
        return Program(
            name=name,
            command=command,
            log=self._folder / "logs" / f"{name}.log",
            ready=ready,
            environment=self._settings.to_environment(),
            stop_within_s=4.5,
        )
