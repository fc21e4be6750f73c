"""A hundred detections while a process is killed: none is lost, nothing is done twice."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.words import Role
from cli import corpus
from tests.cli.real_up import Up, read
from tests.cli.waiting import until

DETECTIONS = 100
FIRST_KILL_AFTER = 15
"""Cases begun; by then some are in every stage."""


@pytest.mark.parametrize("name", ["worker", "gateway", "temporal"])
async def test_a_kill_in_the_middle_loses_nothing_and_doubles_nothing(
    up: Up, tmp_path: Path, name: str
) -> None:
    running = await up.until_ready()
    messages = tmp_path / "messages.jsonl"
    lines = corpus.MESSAGES.read_text(encoding="utf-8").splitlines()[:DETECTIONS]
    messages.write_text("\n".join(lines), encoding="utf-8")
    now = datetime.now(UTC)

    demo = played(up, messages)
    await until(lambda: begun(up, now) >= FIRST_KILL_AFTER or demo.poll() is not None, 60)
    os.kill(running.pids[name], signal.SIGKILL)
    told, _ = demo.communicate(timeout=150)

    summary = json.loads(told)
    assert demo.returncode == 0
    assert (summary["refused"], summary["unaccounted"]) == (0, [])
    assert summary["total"]["detected"] == DETECTIONS
    assert summary["total"]["enforced"] > 0
    assert read(f"{running.urls['platform']}/simulator/summary")["doubled_actions"] == []
    assert f"{name} ended (SIGKILL)" in up.said


def played(up: Up, messages: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cli", "demo", "--data", str(up.data.path), "--json"]
    return subprocess.Popen(
        [*command, "--messages", str(messages)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def begun(up: Up, since: datetime) -> int:
    """How many cases there are since then; none while nobody answers."""
    cases = f"{up.running.urls['api']}/cases?limit=200&since={since:%Y-%m-%dT%H:%M:%SZ}"
    try:
        return len(read(cases, up.data.tokens()[Role.AUDITOR])["items"])
    except OSError:
        return 0
