"""Nothing that was acknowledged is lost, and nothing is done twice, whichever process is killed."""

import asyncio
import json
import os
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from casework.words import Role
from cli.data_dir import Running
from tests.cli.test_up import Up, prepared
from tests.cli.waiting import until

DETECTIONS = 100
AT_ONCE = 8
ALL_DONE_WITHIN_S = 150.0
KILLED_AFTER = 30
SCAM = (
    "FREE crypto giveaway!! claim your prize now before it expires, verify your wallet at"
    " http://paypa1-secure-login.example/claim and send the code, dm me fast"
)


@pytest.mark.parametrize("victim", ["worker", "gateway", "temporal"])
async def test_a_killed_process_loses_no_detection_and_doubles_no_action(
    tmp_path: Path, victim: str
) -> None:
    with prepared(tmp_path / "town") as up:
        up.start()
        running = await up.until_ready()
        async with a_detector(up, running) as detector:
            sent = asyncio.create_task(detector.send_all())
            await detector.has_sent(KILLED_AFTER)

            os.kill(running.pids[victim], signal.SIGKILL)
            acknowledged = await sent
            await until(lambda: settled(up) >= DETECTIONS, ALL_DONE_WITHIN_S)

            assert len(acknowledged) == DETECTIONS
            assert cases_of(up) == acknowledged
            summary = await detector.platform_summary()
            assert summary["doubled_actions"] == []
            assert summary["doubled_targets"] == []
            assert summary["effects"] == confirmed(up)


class Detector:
    """Sends each detection until it is acknowledged, as a careful caller does."""

    def __init__(self, http: httpx.AsyncClient, running: Running) -> None:
        self._http = http
        self._running = running
        self._acknowledged: set[str] = set()

    async def send_all(self) -> set[str]:
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._send(number, turns) for number in range(DETECTIONS)))
        return self._acknowledged

    async def has_sent(self, number: int) -> None:
        await until(lambda: len(self._acknowledged) >= number, ALL_DONE_WITHIN_S)

    async def platform_summary(self) -> dict[str, object]:
        answer = await self._http.get(f"{self._running.urls['platform']}/simulator/summary")
        return dict(answer.json())

    async def _send(self, number: int, turns: asyncio.Semaphore) -> None:
        body = a_scam(number)
        async with turns:
            while not await self._is_acknowledged(body):
                await asyncio.sleep(0.2)
            self._acknowledged.add(str(body["detection_id"]))

    async def _is_acknowledged(self, body: dict[str, object]) -> bool:
        try:
            answer = await self._http.post(f"{self._running.urls['api']}/detections", json=body)
        except httpx.TransportError:
            return False
        assert answer.status_code in {202, 503}, answer.text
        return answer.status_code == 202


@asynccontextmanager
async def a_detector(up: Up, running: Running) -> AsyncIterator[Detector]:
    headers = {"Authorization": f"Bearer {up.data.tokens()[Role.DETECTOR]}"}
    async with httpx.AsyncClient(headers=headers, timeout=20.0) as http:
        yield Detector(http, running)


def a_scam(number: int) -> dict[str, object]:
    return {
        "detection_id": f"crash-{number}-{uuid.uuid4().hex}",
        "detector": {"name": "link-watch", "version": "1.4.2"},
        "harm": "spam_scam",
        "item": {"type": "message", "id": f"msg-{number}", "text": SCAM},
        "account": {"id": f"acct-{number}"},
        "score": 0.99,
        "channel": "classifier",
        "observed_at": "2026-11-01T12:00:00Z",
        "evidence": {},
    }


def settled(up: Up) -> int:
    """Cases that are closed or wait for a person."""
    ready = "SELECT count(*) FROM v_case WHERE stage IN ('closed', 'review')"
    return int(asked(up, ready)[0][0])


def cases_of(up: Up) -> set[str]:
    """The detections of all cases; each must be in exactly one."""
    found = [
        detection
        for (ids,) in asked(up, "SELECT detection_ids FROM v_case")
        for detection in json.loads(ids)
    ]
    assert len(found) == len(set(found))
    return set(found)


def confirmed(up: Up) -> int:
    return int(asked(up, "SELECT count(*) FROM v_action WHERE state = 'confirmed'")[0][0])


def asked(up: Up, query: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(f"file:{up.data.path / 'casework.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()
