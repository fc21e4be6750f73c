"""No content, no personal data and no secret gets into Temporal or a log in clear."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
)

from casework.errors import Unavailable
from casework.ruling import Measure
from casework.words import ActionKind, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.platform.fake import FakePlatform
from tests.town import REVIEWER, Town, World, a_detection, town

TEXT = "canary-text-5f1c"
ACCOUNT = "canary-account-77aa"
ITEM = "canary-item-90de"
REASON = "canary-reason-c4b2"
VENDOR_SAID = "canary-answer-1b3d"
CANARIES = (TEXT, ACCOUNT, ITEM, REASON, VENDOR_SAID)


async def test_what_temporal_keeps_of_a_case_names_nobody_and_quotes_nothing(
    place: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    down = [Unavailable(f"platform says {VENDOR_SAID}")] * 5
    world = World(vendor=FakeOpenAiModeration(score=0.7), platform=FakePlatform(fails_first=down))
    async with town(place, world) as it:
        start = await it.detect(
            a_detection("harassment", score=0.8, text=TEXT, account=ACCOUNT, item=ITEM)
        )
        claimed = await it.claim()
        submission = await it.store.desk.submit(
            claimed.review_id,
            REVIEWER,
            claimed.etag,
            Verdict.ENFORCE,
            (Measure(kind=ActionKind.REMOVE_ITEM),),
            REASON,
        )
        await it.hand_in(claimed, submission)
        await it.passes(timedelta(seconds=40))
        kept = await everything_temporal_keeps(it, it.story(start).id)
        for action in await it.actions_of(start.case_id):
            if await it.stories.is_running(f"action/{action}"):
                kept += await everything_temporal_keeps(it, f"action/{action}")
    written = capfd.readouterr()
    logs = caplog.text + written.out + written.err

    assert start.case_id.encode() in kept
    assert [canary for canary in CANARIES if canary.encode() in kept] == []
    assert [canary for canary in (TEXT, ACCOUNT, ITEM, REASON) if canary in logs] == []


async def everything_temporal_keeps(it: Town, workflow_id: str) -> bytes:
    """As the server stores it, without our codec: history, description, search attributes."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    service, namespace = it.client.workflow_service, it.client.namespace
    history = await service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(namespace=namespace, execution=execution)
    )
    described = await service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace=namespace, execution=execution)
    )
    return history.SerializeToString() + described.SerializeToString()
