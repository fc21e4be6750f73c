"""A real `casework up` for tests, and small looks at it from outside."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.data_dir import DataDir, Running
from tests.cli.waiting import until
from workers.probes import free_ports

READY_WITHIN_S = 90.0
"""Alone on two cores it takes a tenth of this."""
STOPS_WITHIN_S = 10.0


class Up:
    """A running `casework up`, and its data directory."""

    def __init__(self, folder: Path) -> None:
        self.data = DataDir(folder)
        port, temporal, ui = free_ports(3)
        self._flags = ["--port", port, "--temporal-port", temporal, "--ui-port", ui, "--json"]
        self._said = folder.with_name(f"{folder.name}.said")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "cli", "up", "--data", self.data.path, *self._flags]
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=said, stderr=said
            )

    async def until_ready(self) -> Running:
        await until(lambda: self.data.running_file.exists() or self.ended, READY_WITHIN_S)
        assert not self.ended, self.said
        return self.running

    @property
    def running(self) -> Running:
        return self.data.running()

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def tell(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> None:
        if self.process is not None and not self.ended:
            self.process.terminate()
            self.process.wait(2 * STOPS_WITHIN_S)


@contextmanager
def prepared(folder: Path) -> Iterator[Up]:
    up = Up(folder)
    try:
        yield up
    finally:
        up.end()


def casework(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *(str(part) for part in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def status(url: str, token: str | None = None) -> int | None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=5
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def read(url: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
        return json.load(answer)
