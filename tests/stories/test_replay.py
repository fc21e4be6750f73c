"""Histories of released versions replay on this code."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.recording import HISTORIES, ring
from workers.client import data_converter
from workers.roles import WORKFLOWS
from workers.serving import workflow_runner

RECORDED = sorted(HISTORIES.glob("*/*.json"))


def test_there_are_recordings_of_every_story() -> None:
    told = {path.stem.split("-")[0] for path in RECORDED}

    assert told == {"case", "action", "appeal", "escalation", "recall"}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recorded_story_replays(path: Path) -> None:
    history = WorkflowHistory.from_json("recorded", path.read_text(encoding="utf-8"))
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=data_converter(ring()),
        workflow_runner=workflow_runner(sandboxed=True),
    )

    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)

    assert result.replay_failure is None
