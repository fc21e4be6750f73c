"""A suspension ends while nothing of Casework runs, Temporal included."""

import json
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casework.words import Role
from tests.cli.real_up import Up, alive, prepared, read
from tests.cli.waiting import until

LASTS_S = 15
LIFTED_WITHIN_S = 15.0
"""Of the return: from the moment at which `casework up` says that it is ready."""
PATIENCE_S = 90.0


@pytest.fixture
def own_up(tmp_path: Path) -> Iterator[Up]:
    """Of its own, because it is killed."""
    with prepared(tmp_path / "up") as up:
        up.start()
        yield up


async def test_a_suspension_that_ends_while_everything_is_down_is_lifted_at_the_return(
    own_up: Up,
) -> None:
    running = await own_up.until_ready()
    suspend_somebody(own_up)
    await until(lambda: standing(own_up) == {"suspend_account"}, PATIENCE_S, look_every_s=0.2)
    ends_at = time.time() + LASTS_S

    own_up.tell(signal.SIGKILL)
    await until(lambda: not any(alive(pid) for pid in running.pids.values()), PATIENCE_S)
    own_up.data.forget_running()
    await until(lambda: time.time() > ends_at, PATIENCE_S, look_every_s=0.2)
    own_up.start()
    await own_up.until_ready()
    returned = time.monotonic()
    await until(lambda: standing(own_up) == set(), PATIENCE_S, look_every_s=0.1)

    assert time.monotonic() - returned <= LIFTED_WITHIN_S
    assert states(own_up) == ["lapsed"]


def suspend_somebody(up: Up) -> None:
    """A person suspends an account for a few seconds."""
    ask(up, Role.DETECTOR, "/detections?wait=10", a_doubtful_message())
    claimed, etag = ask(up, Role.REVIEWER, "/queues/reviewers/claim")
    decision = {"ruling": "enforce", "actions": [{"suspend_account": f"PT{LASTS_S}S"}]}
    path = f"/reviews/{claimed['review_id']}/decision"
    ask(up, Role.REVIEWER, path, decision | {"reason": "seen by a person"}, etag)


def a_doubtful_message() -> dict[str, Any]:
    return {
        "detection_id": "end-1",
        "detector": {"name": "text-sieve", "version": "1.0"},
        "harm": "impersonation",
        "item": {"type": "message", "id": "msg-1", "text": "support here, send me your password"},
        "account": {"id": "acct-1"},
        "score": 0.9,
        "channel": "trusted_flagger",
        "observed_at": "2026-11-01T12:00:00Z",
    }


def ask(
    up: Up, role: Role, path: str, body: dict[str, Any] | None = None, etag: str = ""
) -> tuple[dict[str, Any], str]:
    token = up.data.tokens()[role]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(
        f"{up.running.urls['api']}{path}",
        data=json.dumps(body or {}).encode(),
        headers=headers | ({"If-Match": etag} if etag else {}),
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.loads(answer.read() or b"{}"), answer.headers.get("ETag", "")


def standing(up: Up) -> set[str]:
    try:
        return set(read(f"{up.running.urls['platform']}/simulator/summary")["by_kind"])
    except OSError:
        return {"nobody answers"}


def states(up: Up) -> list[str]:
    [case] = read(f"{up.running.urls['api']}/cases", up.data.tokens()[Role.ONCALL])["items"]
    path = f"{up.running.urls['api']}/cases/{case['case_id']}/actions"
    actions = read(path, up.data.tokens()[Role.ONCALL])["items"]
    return [each["state"] for each in actions if not each["interim"]]
