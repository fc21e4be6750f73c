"""Everything the demo starts: a homeserver, Casework acting on it, and the bridge between them."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casework.words import Role
from cli import private_files, synapse
from cli.api import Api, Place
from cli.data_dir import DataDir, NotRunning
from cli.matrix_demo.telling import Teller
from integrations.http import Outbound
from integrations.matrix.homeserver import Homeserver, Newcomer, register
from integrations.matrix.residents import NewRoom, Person
from workers import probes
from workers.supervisor import Program, Supervisor

POLICIES: Final = Path(__file__).parent / "policies"
GARDEN: Final = "garden"
_READY_WITHIN_S: Final = 180.0
"""Alone on two cores everything takes about 20 s."""
_PEOPLE: Final = ("alice", "bob", "carol", "dave")
_STOPPING: Final = (("bridge",), ("casework",), ("synapse",))
_STOPS_WITHIN_S: Final = 15.0
"""`casework up` itself needs up to ten."""

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Stage:
    """`admin` runs the homeserver; the others are whoever lives there."""

    room: str
    admin: Person
    alice: Person
    bob: Person
    carol: Person
    dave: Person
    reviewer: Api
    lead: Api


@asynccontextmanager
async def set_up(folder: Path, teller: Teller) -> AsyncIterator[Stage]:
    """Everything runs inside the block, and nothing of it after it.

    Raises:
        NotInstalled: there is no Synapse on this machine.
        StartFailed: something does not come up; names its log.
        Transient, Permanent: as the homeserver and the gateway.
    """
    supervisor = Supervisor(teller.note, lambda: None)
    try:
        async with AsyncExitStack() as parts:
            yield await _Builder(folder, teller, supervisor, parts).build()
    finally:
        await supervisor.stop(_STOPPING)
        teller.note("everything that was started has ended")


class _Builder:
    def __init__(
        self, folder: Path, teller: Teller, supervisor: Supervisor, parts: AsyncExitStack
    ) -> None:
        self._folder = folder
        self._teller = teller
        self._supervisor = supervisor
        self._parts = parts
        self._data = DataDir(folder / "casework")

    async def build(self) -> Stage:
        homeserver = synapse.prepare(self._folder / "synapse")
        await self._start(synapse.program(homeserver))
        self._teller.note(f"Synapse listens at {homeserver.url}")
        http = await self._parts.enter_async_context(Outbound())
        room, admin = await self._the_garden(http, homeserver)
        await self._start(self._casework(homeserver))
        self._teller.note(f"Casework listens at {self._data.running().urls['console']}")
        await self._start(self._bridge(homeserver, room))
        self._teller.note("the bridge watches the room and the reports")
        people = {name: await self._moves_in(http, homeserver, name, room) for name in _PEOPLE}
        return Stage(
            room=room,
            admin=admin,
            reviewer=await self._staff(Role.REVIEWER),
            lead=await self._staff(Role.LEAD),
            **people,
        )

    async def _the_garden(self, http: Outbound, homeserver: Homeserver) -> tuple[str, Person]:
        """A room of the account that acts for us, which may redact there."""
        acts = await register(http, homeserver, Newcomer(name="moderation", admin=True))
        reads = await register(http, homeserver, Newcomer(name="listener", admin=True))
        private_files.write(self._acts_file, acts.access_token.get_secret_value())
        private_files.write(self._reads_file, reads.access_token.get_secret_value())
        admin = Person(http, homeserver, acts)
        return await admin.open_room(NewRoom(alias=GARDEN, name="The garden")), admin

    async def _moves_in(
        self, http: Outbound, homeserver: Homeserver, name: str, room: str
    ) -> Person:
        person = await Person.moving_in(http, homeserver, Newcomer(name=name))
        await person.join(room)
        return person

    async def _staff(self, role: Role) -> Api:
        url, token = self._data.running().urls["gateway"], self._data.tokens()[role]
        return await self._parts.enter_async_context(Api.at(Place(url, token)))

    async def _start(self, program: Program) -> None:
        await self._supervisor.start(program)
        await self._supervisor.until_ready(_READY_WITHIN_S)

    def _casework(self, homeserver: Homeserver) -> Program:
        port, temporal, ui = probes.free_ports(3)
        flags: list[object] = [
            "up",
            "--data",
            self._data.path,
            "--port",
            port,
            "--temporal-port",
            temporal,
        ]
        flags += ["--ui-port", ui, "--platform-kind", "matrix", "--platform-url", homeserver.url]
        flags += ["--platform-secret-file", self._acts_file]

        async def ready() -> bool:
            try:
                gateway = self._data.running().urls["gateway"]
            except NotRunning:
                return False
            return await probes.status(f"{gateway}/readyz") == 200

        return self._program("casework", flags, ready, {"CASEWORK_POLICIES_DIR": str(POLICIES)})

    def _bridge(self, homeserver: Homeserver, room: str) -> Program:
        flags: list[object] = ["bridge", "matrix", "--homeserver", homeserver.url, "--room", room]
        flags += ["--token-file", self._reads_file, "--data", self._data.path]
        place = Place(self._data.running().urls["gateway"], self._data.tokens()[Role.DETECTOR])
        environment = {"CASEWORK_URL": place.url, "CASEWORK_TOKEN": place.token}
        begun = self._data.path / "matrix-bridge" / "position.json"

        async def ready() -> bool:
            return begun.exists()

        return self._program("bridge", flags, ready, environment)

    def _program(
        self,
        name: str,
        flags: list[object],
        ready: Ready,
        environment: Mapping[str, str],
    ) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", "cli", *map(str, flags)],
            log=self._folder / f"{name}.log",
            ready=ready,
            environment=environment,
            stop_within_s=_STOPS_WITHIN_S,
        )

    @property
    def _acts_file(self) -> Path:
        return self._folder / "moderation.token"

    @property
    def _reads_file(self) -> Path:
        return self._folder / "listener.token"
