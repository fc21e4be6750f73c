"""What a process writes to its log, and what it keeps to itself."""

import contextvars
import logging
import subprocess
import sys

import pytest
from opentelemetry import context

from workers.telemetry import expect_stories_put_aside

SPEAKS_TO_SQLITE = """
import asyncio, logging
from cli import logs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

async def ask():
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT :said"), {"said": "can" + "ary"})
    await engine.dispose()

logs.configure("test")
logging.getLogger().setLevel(logging.DEBUG)
asyncio.run(ask())
logging.getLogger("ours").debug("done")
"""


def test_what_the_database_is_asked_is_not_logged_even_when_everything_is() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SPEAKS_TO_SQLITE], capture_output=True, text=True, check=True
    )

    assert "done" in ran.stderr
    assert "canary" not in ran.stderr


def test_a_story_that_is_put_aside_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    begun_elsewhere = contextvars.copy_context().run(context.attach, context.Context())
    expect_stories_put_aside()

    context.detach(begun_elsewhere)

    assert caplog.records == []


def test_a_span_that_is_ended_twice_is_still_said(caplog: pytest.LogCaptureFixture) -> None:
    begun = context.attach(context.Context())
    expect_stories_put_aside()
    context.detach(begun)

    with caplog.at_level(logging.ERROR):
        context.detach(begun)

    assert [record.name for record in caplog.records] == ["opentelemetry.context"]
