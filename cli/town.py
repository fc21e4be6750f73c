"""Every process of `casework up`: what each is, when it is ready, and who stops first."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from casework.base import Model
from casework.errors import Unavailable
from cli import first_people, show
from cli.data_dir import DataDir, Running
from storage import policy_files
from storage.policy_files import PolicyFile
from workers import probes, temporal_server
from workers.kinds import RealPlatform
from workers.settings import Ports, Settings
from workers.supervisor import Program, StartFailed, Supervisor
from workers.temporal_server import TemporalUi

READY_WITHIN_S = 60.0
_STOPPING = (("gateway",), ("worker",), ("platform", "vendor", "inbox", "temporal"))
"""No new work first, then those who do it, then those they talk to."""
_PATIENCE_S = {"gateway": 2.5, "worker": 4.5}
"""Together with two seconds for all others under the ten that Ctrl-C may take."""
_RECOVERS_WITHIN_S = 20.0
_LOOK_EVERY_S = 1.0
_QUEUE = "cases"


class Wishes(Model):
    """What `casework up` was asked for."""

    data: Path
    port: int
    temporal_port: int
    ui_port: int
    platform: RealPlatform | None = None
    vendor_moderation_url: str | None = None


class Town:
    """All parts on one machine, over one data directory."""

    def __init__(self, data: DataDir, wishes: Wishes, temporal: Path) -> None:
        self._data = data
        self._wishes = wishes
        self._temporal = temporal
        self._ports = _ports(wishes)
        self._settings = Settings.embedded(
            data.path,
            self._ports,
            data.keyring().webhook_secret,
            platform=wishes.platform,
            vendor_moderation_url=wishes.vendor_moderation_url,
        )
        self._ui = TemporalUi(self._settings.ui_url, self._settings.temporal_namespace)
        self._supervisor = Supervisor(_tell, self._note)
        self._is_open = False
        self._carer: asyncio.Task[None] | None = None

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def running(self) -> Running:
        return Running(
            pid=os.getpid(), pids=self._supervisor.pids, ports=self._ports, urls=self.urls
        )

    @property
    def urls(self) -> dict[str, str]:
        gateway, here = self._settings.public_url, "http://127.0.0.1"
        return {
            "gateway": gateway,
            "console": f"{gateway}/console/",
            "api": f"{gateway}/v1",
            "openapi": f"{gateway}/openapi.json",
            "temporal_ui": self._settings.ui_url,
            "platform": self._settings.platform_url,
            "vendor_moderation": self._settings.vendor_moderation_url,
            "inbox": f"{here}:{self._ports.inbox}",
        }

    async def open(self) -> None:
        """Start everything and return when it is ready.

        Raises:
            PolicyMistake: before anything starts; or when a text changed without its version.
            StartFailed: when a part keeps dying or is not ready in time.
            CaseworkError: when the database, the keys or Temporal are not fit for use.
        """
        self._data.forget_running()
        policies = policy_files.load(self._settings.policies_dir)
        environment = self._settings.to_environment()
        for program in [self._temporal_server(), *self._simulators(environment)]:
            await self._supervisor.start(program)
        await self._prepare_database(policies)
        await self._supervisor.child("temporal").until_ready()
        for program in self._own(environment):
            await self._supervisor.start(program)
        await asyncio.gather(
            self._prepare_temporal(environment), self._supervisor.until_ready(READY_WITHIN_S)
        )
        self._is_open = True
        self._note()
        self._carer = asyncio.create_task(self._care())

    async def close(self) -> None:
        """Stop everything, in order, within ten seconds."""
        self._is_open = False
        if self._carer:
            self._carer.cancel()
        await self._supervisor.stop(_STOPPING)
        self._data.forget_running()

    def kill(self) -> None:
        self._supervisor.kill_all()

    def _note(self) -> None:
        if self._is_open:
            self._data.note_running(self.running)

    async def _prepare_database(self, policies: Sequence[PolicyFile]) -> None:
        from storage import schema
        from storage.store import Store

        await schema.upgrade(self._settings.database_url)
        store = Store.open(self._settings.database_url, self._data.keyring())
        try:
            await first_people.employ(store.staff, self._data)
            await first_people.give_passwords(store, self._data)
            for file in policies:
                await store.policies.put(file.text, file.policy)
        finally:
            await store.close()

    async def _prepare_temporal(self, environment: Mapping[str, str]) -> None:
        """Register what we search for and test that fairness is real, in a process of its own:
        this one then needs no Temporal client."""
        process = await asyncio.create_subprocess_exec(
            *_casework("prepare"),
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            last = (lines or ["Temporal is not fit for use"])[-1]
            raise StartFailed(last.removeprefix("casework: "))

    def _temporal_server(self) -> Program:
        codec = f"{self._settings.public_url}/codec"
        command = temporal_server.command(
            self._temporal, self._data.temporal_file, self._ports.temporal, self._ports.ui, codec
        )
        return self._program("temporal", command, self._ui.answers)

    def _simulators(self, environment: Mapping[str, str]) -> list[Program]:
        ports, folder = self._ports, str(self._data.path)
        wanted = [("inbox", ports.inbox, ["--smtp-port", str(ports.smtp)])]
        if self._wishes.platform is None:
            wanted.append(("platform", ports.platform, []))
        if self._wishes.vendor_moderation_url is None:
            wanted.append(("vendor", ports.vendor, []))
        return [
            self._program(
                name,
                _casework("simulate", name, "--port", str(port), "--folder", folder, *more),
                partial(probes.listens, "127.0.0.1", port),
                environment,
            )
            for name, port, more in wanted
        ]

    def _own(self, environment: Mapping[str, str]) -> list[Program]:
        return [
            self._program("gateway", _casework("gateway"), self._gateway_is_ready, environment),
            self._program(
                "worker",
                _casework("worker", "--role", "all"),
                lambda: self._ui.polled(_QUEUE),
                environment,
            ),
        ]

    async def _gateway_is_ready(self) -> bool:
        return await probes.status(f"{self._settings.public_url}/readyz") == 200

    async def _care(self) -> None:
        """After Temporal came back: restart whoever does not find the way to it alone."""
        temporal, seen = self._supervisor.child("temporal"), 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if temporal.deaths == seen:
                continue
            seen = temporal.deaths
            await temporal.until_ready()
            for name in ("gateway", "worker"):
                await self._see_that_it_recovers(name)

    async def _see_that_it_recovers(self, name: str) -> None:
        child = self._supervisor.child(name)
        try:
            await asyncio.wait_for(child.until_ready(), _RECOVERS_WITHIN_S)
        except TimeoutError:
            _tell(f"{name} does not find Temporal again; restarting it")
            child.kill()

    def _program(
        self,
        name: str,
        command: Sequence[str],
        ready: Callable[[], Awaitable[bool]],
        environment: Mapping[str, str] | None = None,
    ) -> Program:
        return Program(
            name=name,
            command=command,
            log=self._data.logs / f"{name}.log",
            ready=ready,
            environment=environment or {},
            stop_within_s=_PATIENCE_S.get(name, 2.0),
        )


def refuse_taken_ports(wishes: Wishes) -> None:
    """Raises Unavailable, naming the first port in use and the flag to choose another."""
    wanted = {
        "--port": wishes.port,
        "--temporal-port": wishes.temporal_port,
        "--ui-port": wishes.ui_port,
    }
    for flag, port in wanted.items():
        if not probes.is_free(port):
            raise Unavailable(f"port {port} is in use; choose another with {flag}")


def _ports(wishes: Wishes) -> Ports:
    platform, vendor, inbox, smtp, metrics = probes.free_ports(5)
    return Ports(
        gateway=wishes.port,
        temporal=wishes.temporal_port,
        ui=wishes.ui_port,
        platform=platform,
        vendor=vendor,
        inbox=inbox,
        smtp=smtp,
        metrics=metrics,
    )


def _casework(*arguments: str) -> list[str]:
    """This very program, whatever else of its name is on the PATH."""
    return [sys.executable, "-m", "cli", *arguments]


def _tell(line: str) -> None:
    show.say(f"casework up: {line}")
