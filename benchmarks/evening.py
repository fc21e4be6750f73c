"""An evening on a real `casework up`, and what can still be seen of it afterwards."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casework.detection import AccountRef, Detection, DetectorRef, Item
from casework.errors import Unavailable
from casework.words import Role
from cli.api import Api, Place
from cli.data_dir import DataDir
from cli.options import Asked
from workers.probes import free_ports, read_json

BAD = DetectorRef(name="bad-sieve", version="7.3")
GOOD = DetectorRef(name="good-sieve", version="1")
SCAM = "Free nitro for 3 months, claim now https://dlscord-gift.example/claim before it expires"
_READY_WITHIN_S = 90.0
_LOOK_EVERY_S = 0.2
_AT_ONCE = 16
_PATIENCE_S = 120.0
_STOPS_WITHIN_S = 20.0
_WITHDRAWN = """
SELECT account_id, sum(weight) FROM strikes WHERE withdrawn_at IS NULL GROUP BY account_id
"""
_UNCORRECTED = """
SELECT c.item_id FROM notices n JOIN cases c ON c.case_id = n.case_id
WHERE n.kind = 'statement' AND n.delivered_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM notices o WHERE o.case_id = n.case_id AND o.round = n.round
    AND o.kind = 'correction' AND o.delivered_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Traces:
    """What the platform, an account and a colleague can still see."""

    standing: Counter[str]
    """Effects in force at the platform, by kind and target."""
    weight: dict[str, int]
    uncorrected: Counter[str]
    doubled: int


class Up:
    """A `casework up` of our own, and small looks at it from outside."""

    def __init__(self, folder: Path) -> None:
        self.data = DataDir(folder)
        self._process: subprocess.Popen[bytes] | None = None

    async def ready(self) -> None:
        """Start it. Raises Unavailable when it is not ready in time."""
        self._start()
        await self.until(self.data.running_file.exists, _READY_WITHIN_S)

    def _start(self) -> None:
        port, temporal, ui = map(str, free_ports(3))
        flags = ["--port", port, "--temporal-port", temporal, "--ui-port", ui]
        command = [sys.executable, "-m", "cli", "up", "--data", str(self.data.path), *flags]
        with self.data.path.with_suffix(".said").open("ab") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=said)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_STOPS_WITHIN_S)

    def kill(self, name: str) -> None:
        """SIGKILL to one of its processes; the supervisor starts it again."""
        os.kill(self.data.running().pids[name], signal.SIGKILL)

    @asynccontextmanager
    async def api(self, role: Role) -> AsyncIterator[Api]:
        async with Api.at(Place.found(Asked(self.data.path), role)) as api:
            yield api

    async def until(self, holds: Any, within_s: float) -> None:
        """Raises Unavailable when it does not come to hold in time."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + within_s
        while not holds():
            if loop.time() > give_up:
                raise Unavailable("what was waited for did not come in time")
            await asyncio.sleep(_LOOK_EVERY_S)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """As an auditor would, in the file itself."""
        file = self.data.path / "casework.db"
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    async def spend(self, claims: Sequence[Detection]) -> None:
        """Send all of them, a few at once, and wait until every case is closed."""
        lanes = asyncio.Semaphore(_AT_ONCE)

        async def send(api: Api, claim: Detection) -> None:
            async with lanes:
                body = claim.model_dump_json().encode()
                (await api.send_patiently("/detections", body, _PATIENCE_S)).read()

        async with self.api(Role.DETECTOR) as api, asyncio.TaskGroup() as group:
            for claim in claims:
                group.create_task(send(api, claim))
        still = "SELECT count(*) FROM cases WHERE closed_at IS NULL"
        await self.until(lambda: not self.asked(still)[0][0], 60 + len(claims))

    async def traces(self) -> Traces:
        """Raises Unavailable when the simulated platform does not answer."""
        platform = self.data.running().urls["platform"]
        effects = await read_json(f"{platform}/simulator/effects", within_s=20)
        summary = await read_json(f"{platform}/simulator/summary", within_s=20)
        if effects is None or summary is None:
            raise Unavailable("the platform does not answer")
        last = {effect["action_id"]: effect for effect in effects}
        standing = (each for each in last.values() if each["change"] == "applied")
        return Traces(
            standing=Counter(f"{each['kind']} {each['target']}" for each in standing),
            weight=dict(self.asked(_WITHDRAWN)),
            uncorrected=Counter(item for (item,) in self.asked(_UNCORRECTED)),
            doubled=len(summary["doubled_actions"]),
        )


def claims(bad: int, good: int) -> list[Detection]:
    """`bad` cases by the bad detector after `good` by the other. Each is of an account of its own,
    but for a tenth of the bad ones: of their accounts the good one has spoken before."""
    said = [_claim(GOOD, number, f"acct-good-{number}") for number in range(good)]
    shared = [f"acct-good-{number}" for number in range(min(good, bad // 10))]
    accounts = shared + [f"acct-bad-{number}" for number in range(bad - len(shared))]
    return said + [_claim(BAD, number, account) for number, account in enumerate(accounts)]


def only_by(detector: DetectorRef, said: Sequence[Detection]) -> list[Detection]:
    return [claim for claim in said if claim.detector == detector]


def _claim(by: DetectorRef, number: int, account: str) -> Detection:
    return Detection(
        detection_id=f"{by.name}-{number}",
        detector=by,
        harm="spam_scam",
        item=Item(type="message", id=f"msg-{by.name}-{number}", text=SCAM),
        account=AccountRef(id=account),
        score=0.99,
        observed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
