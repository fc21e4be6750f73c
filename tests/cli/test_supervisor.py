import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.waiting import until
from workers.supervisor import TRIES_AT_START, Program, StartFailed, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(600)"
)
PARENT = f"""
import asyncio, sys
from pathlib import Path
from workers.supervisor import Program, Supervisor

async def yes():
    return True

async def main():
    keeper = Supervisor(print, lambda: None)
    await keeper.start(Program("one", [sys.executable, "-c", {SLEEPER!r}], Path(sys.argv[1]), yes))
    print(keeper.pids["one"], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


class House:
    """A supervisor over small scripts, and everything it said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.changes = 0
        self.keeper = Supervisor(self.said.append, self._changed)
        self._folder = folder

    def _changed(self) -> None:
        self.changes += 1

    def log(self, name: str) -> Path:
        return self._folder / "logs" / f"{name}.log"

    async def start(self, name: str, script: str, stop_within_s: float = 2.0) -> None:
        async def ready() -> bool:
            return "up" in self.log(name).read_text(encoding="utf-8")

        command = [sys.executable, "-c", script]
        await self.keeper.start(
            Program(name, command, self.log(name), ready, stop_within_s=stop_within_s)
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    house.keeper.kill_all()
    await house.keeper.stop([list(house.keeper.pids) or ["one"]])


async def test_a_program_that_dies_is_started_again_and_said_so(house: House) -> None:
    await house.start("one", SLEEPER)
    await house.keeper.until_ready(20)
    first = house.keeper.pids["one"]

    os.kill(first, signal.SIGKILL)
    await until(lambda: house.keeper.pids.get("one") not in {None, first})

    assert house.said == ["one ended (SIGKILL); starting it again in 0.5 s"]
    assert house.changes == 2
    assert _alive(house.keeper.pids["one"])


async def test_programs_stop_group_by_group_and_stay_stopped(house: House) -> None:
    await house.start("one", SLEEPER)
    await house.start("two", SLEEPER)
    await house.keeper.until_ready(20)
    pids = house.keeper.pids

    await house.keeper.stop([["two"], ["one", "unknown"]])

    assert house.keeper.pids == {}
    assert not any(_alive(pid) for pid in pids.values())
    assert house.said == []


async def test_a_program_that_will_not_stop_is_killed(house: House) -> None:
    await house.start("one", STUBBORN, stop_within_s=0.3)
    await house.keeper.until_ready(20)
    pid = house.keeper.pids["one"]

    await house.keeper.stop([["one"]])

    assert not _alive(pid)
    assert house.said == ["one did not stop in time and was killed"]


async def test_a_program_that_never_starts_is_given_up_with_its_last_words(house: House) -> None:
    await house.start("one", "raise SystemExit('the keyring is missing')")

    with pytest.raises(StartFailed, match="the keyring is missing"):
        await house.keeper.until_ready(20)

    assert house.keeper.child("one").deaths >= TRIES_AT_START


async def test_one_that_never_becomes_ready_is_named(house: House) -> None:
    await house.start("one", "import time; time.sleep(600)")

    with pytest.raises(StartFailed, match=r"not ready after 0\.3 s: one"):
        await house.keeper.until_ready(0.3)

    assert _alive(house.keeper.pids["one"])


async def test_the_last_run_s_log_is_kept_aside(house: House) -> None:
    house.log("one").parent.mkdir()
    house.log("one").write_text("yesterday")

    await house.start("one", SLEEPER)
    await house.keeper.until_ready(20)

    assert house.log("one").read_text() == "up\n"
    assert Path(f"{house.log('one')}.1").read_text() == "yesterday"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills orphans")
async def test_no_program_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "one.log")]
    parent = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())

    parent.kill()
    await parent.wait()

    await until(lambda: not _alive(child))
    assert parent.returncode == -signal.SIGKILL


def _alive(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
