"""A thousand actions on a platform that loses every first answer, fails one call in ten and
remembers no idempotency key, while workers are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from casework.detection import AccountRef, Detection, DetectorRef, Item
from cli.data_dir import Running
from tests.cli.real_up import Up, prepared, read
from tests.cli.waiting import until

ACTIONS = 1_000
KILLS = 5
ALL_DONE_WITHIN_S = 420.0
"""Alone on two cores it takes about a quarter of this."""
SCAM = "Free nitro for 3 months, claim now https://dlscord-gift.example/claim before it expires"


@pytest.fixture
def rough_up(tmp_path: Path) -> Iterator[Up]:
    """Of its own: the others need not meet its weather."""
    with prepared(tmp_path / "up") as up:
        up.start()
        yield up


async def test_a_thousand_actions_happen_once_each_and_are_seen_through_lost_answers_and_kills(
    rough_up: Up, tmp_path: Path
) -> None:
    running = await rough_up.until_ready()
    make_rough(running.urls["platform"])
    claims = tmp_path / "scams.jsonl"
    claims.write_text("".join(a_scam(number) for number in range(ACTIONS)), encoding="utf-8")

    submitting = submitted(rough_up, claims)
    for kill in range(1, KILLS + 1):
        enough = kill * ACTIONS // (KILLS + 1)
        await until(partial(has_applied, running, enough), ALL_DONE_WITHIN_S, look_every_s=0.2)
        os.kill(rough_up.running.pids["worker"], signal.SIGKILL)
    await until(lambda: states(rough_up)["confirmed"] == ACTIONS, ALL_DONE_WITHIN_S, 0.5)

    counted = read(f"{running.urls['platform']}/simulator/summary")
    assert submitting.wait(60) == 0
    assert rough_up.said.count("worker ended (SIGKILL)") == KILLS
    assert states(rough_up) == {"confirmed": ACTIONS}
    assert (counted["effects"], counted["applied"], counted["reverted"]) == (ACTIONS, ACTIONS, 0)
    assert (counted["doubled_actions"], counted["doubled_targets"]) == ([], [])


def a_scam(number: int) -> str:
    detection = Detection(
        detection_id=f"thousand-{number}",
        detector=DetectorRef(name="text-sieve", version="1.0"),
        harm="spam_scam",
        item=Item(type="message", id=f"msg-{number}", text=SCAM),
        account=AccountRef(id=f"acct-{number}"),
        score=0.99,
        observed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return detection.model_dump_json() + "\n"


def submitted(up: Up, claims: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cli", "submit", str(claims), "--data", str(up.data.path)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_rough(platform: str) -> None:
    order = urllib.request.Request(
        f"{platform}/simulator/faults",
        data=b'{"mode": "rough"}',
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(order, timeout=5).close()


def has_applied(running: Running, enough: int) -> bool:
    summary: dict[str, Any] = read(f"{running.urls['platform']}/simulator/summary")
    return int(summary["applied"]) >= enough


def states(up: Up) -> Counter[str]:
    """As an auditor counts them, in the file itself."""
    connection = sqlite3.connect(f"file:{up.data.path / 'casework.db'}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT state, count(*) FROM v_action GROUP BY state")
        return Counter(dict(rows.fetchall()))
    finally:
        connection.close()
