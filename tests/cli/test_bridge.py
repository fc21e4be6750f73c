"""`casework bridge matrix` as people run it: a process between a real Synapse and a gateway."""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from casework.errors import Malformed
from casework.finding import Finding
from casework.records import Evidence
from cli import private_files
from cli.bridge_place import BridgePlace
from integrations.http import Outbound
from integrations.matrix.homeserver import Homeserver, Newcomer, register
from integrations.matrix.residents import NewRoom, Person
from integrations.matrix.sieve import USUAL, Opening, Sieve
from tests.cli.fake_gateway import FakeGateway, accepted, problem
from tests.cli.real_up import casework
from tests.cli.waiting import until

PATH = "/v1/detections"
SCAM = "Double your coins: send 0.1 and get 0.2 back within the hour https://coins-gift.xyz"
READY_WITHIN_S = 60.0
"""Loading the profanity model takes a few seconds alone, and more on a busy machine."""
_names = count(1)


class Running:
    """A bridge in a process of its own, over a homeserver where ann talks."""

    def __init__(self, homeserver: Homeserver, gateway: FakeGateway, folder: Path) -> None:
        self.homeserver = homeserver
        self.gateway = gateway
        self.folder = folder
        self.room = ""
        self.ann: Person
        self.process: subprocess.Popen[bytes] | None = None

    async def settle(self, http: Outbound) -> None:
        number = next(_names)
        reads = Newcomer(name=f"bridge.listener{number}", admin=True)
        listener = await register(http, self.homeserver, reads)
        private_files.write(self.token_file, listener.access_token.get_secret_value())
        self.ann = await Person.moving_in(
            http, self.homeserver, Newcomer(name=f"bridge.ann{number}")
        )
        self.room = await self.ann.open_room(NewRoom())

    @property
    def token_file(self) -> Path:
        return self.folder / "token"

    @property
    def log(self) -> Path:
        return self.folder / "bridge.log"

    def start(self) -> None:
        flags = ["--homeserver", self.homeserver.url, "--token-file", self.token_file]
        flags += ["--room", self.room, "--data", self.folder, "--open", "spam_scam=scam_signs:0.5"]
        flags += ["--url", self.gateway.url, "--token", "t"]
        command = [sys.executable, "-m", "cli", "bridge", "matrix", *map(str, flags)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    async def until_watching(self) -> None:
        position = self.folder / "matrix-bridge" / "position.json"
        await until(lambda: position.exists() or self.ended, READY_WITHIN_S)
        assert not self.ended, self.log.read_text()

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def tell(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def end(self) -> None:
        if self.process is not None and not self.ended:
            self.process.kill()
            self.process.wait()

    def texts(self) -> list[str]:
        return [json.loads(one.body)["item"]["text"] for one in self.gateway.asked]


@pytest.fixture
async def running(
    homeserver: Homeserver, gateway: FakeGateway, tmp_path: Path
) -> AsyncIterator[Running]:
    gateway.on("POST", PATH, accepted)
    async with Outbound() as http:
        bridge = Running(homeserver, gateway, tmp_path)
        await bridge.settle(http)
        try:
            yield bridge
        finally:
            bridge.end()


async def test_killed_before_the_gateway_had_it_a_bridge_sends_the_same_again(
    running: Running,
) -> None:
    running.gateway.on("POST", PATH, problem(503, "unavailable", Retry_After="1"))
    running.start()
    await running.until_watching()
    await running.ann.say(running.room, f"{SCAM} one")
    await until(lambda: len(running.gateway.asked) > 0, READY_WITHIN_S)
    running.tell(signal.SIGKILL)
    before = {one.body for one in running.gateway.asked}
    await running.ann.say(running.room, f"{SCAM} two")
    running.gateway.asked.clear()
    running.gateway.on("POST", PATH, accepted)

    running.start()
    await until(lambda: len(running.gateway.asked) >= 2, READY_WITHIN_S)

    assert sorted(running.texts()) == [f"{SCAM} one", f"{SCAM} two"]
    assert before <= {one.body for one in running.gateway.asked}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_ends_at_once_and_says_nothing(
    running: Running, number: signal.Signals
) -> None:
    running.start()
    await running.until_watching()

    code = running.tell(number)

    assert code == 0
    assert "Traceback" not in running.log.read_text()


async def test_a_second_one_on_the_same_directory_is_refused(running: Running) -> None:
    running.start()
    await running.until_watching()
    first = running.process

    running.start()
    second = running.process
    assert second is not None
    code = second.wait(READY_WITHIN_S)
    running.process = first

    assert code == 4
    assert "another bridge works from" in running.log.read_text()


async def test_nothing_that_people_said_is_in_its_log(running: Running) -> None:
    running.start()
    await running.until_watching()
    running.gateway.on("POST", PATH, problem(422, "malformed"))

    await running.ann.say(running.room, SCAM)
    refused = BridgePlace(running.folder / "matrix-bridge").refused_file
    await until(lambda: refused.exists() and bool(refused.read_text()), READY_WITHIN_S)
    running.tell(signal.SIGTERM)

    log = running.log.read_text()
    assert "malformed" in log
    assert "coins" not in log
    assert running.ann.id not in log


# -- what is asked for -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opening", ["harassment", "harassment=profanity", "harassment=profanity:2", "a b=always", ""]
)
def test_an_opening_that_cannot_be_read_is_refused(opening: str) -> None:
    with pytest.raises(Malformed, match="HARM=CHECK:SCORE"):
        Opening.read(opening)


def test_an_opening_is_read_as_it_is_written() -> None:
    assert Opening.read("spam_scam=scam_signs:0.25") == USUAL[1]
    assert Opening.read("hate=always") == Opening(harm="hate")


def test_an_opening_by_a_check_that_is_not_there_is_refused() -> None:
    class Quiet:
        name = "quiet"

        async def examine(self, evidence: Evidence, harm: str) -> Finding:
            return Finding(check=self.name, score=0.0)

    with pytest.raises(Malformed, match="no such check here: loud"):
        Sieve([Opening(harm="hate", check="loud")], {"quiet": Quiet()})


def test_an_address_that_is_none_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x")

    came = casework(
        *("bridge", "matrix", "--homeserver", "matrix.example", "--token-file", tmp_path / "token"),
        *("--url", "http://127.0.0.1:9", "--token", "t", "--data", tmp_path),
    )

    assert came.returncode == 1
    assert "--homeserver" in came.stderr.splitlines()[-1]
