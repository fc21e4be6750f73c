"""The demo: everything is accounted for, and what it uploads is there to be looked at."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from casework.detection import Detection, Media
from casework.likeness import LikenessKind
from casework.words import Role
from cli import corpus
from integrations.media.drawing import Draughtsman
from integrations.platform.uploads import UPLOADS, drawn
from storage.sketches import NEAR, distance
from tests.cli.real_up import Up, read
from tests.cli.waiting import until

NOW = datetime(2026, 11, 27, tzinfo=UTC)
HERE = "http://127.0.0.1:9"


def uploaded() -> list[Detection]:
    written = corpus.with_uploads("a", NOW, HERE)
    return [Detection.model_validate_json(message.text) for message in written]


def names_of(detection: Detection) -> list[str]:
    media = TypeAdapter(list[Media]).validate_python(detection.item.media)
    return [each.url.removeprefix(f"{HERE}/uploads/") for each in media]


def test_what_is_uploaded_has_cases_of_its_own_and_is_served() -> None:
    uploads = uploaded()
    others = {Detection.model_validate_json(one.text).item.id for one in corpus.as_new("a", NOW)}

    assert {name for each in uploads for name in names_of(each)} == set(UPLOADS)
    assert len({each.item.id for each in uploads} - others) == len(uploads)


@pytest.mark.parametrize("name", UPLOADS)
async def test_every_upload_can_be_shown(name: str) -> None:
    shown = await Draughtsman().redrawn(drawn(name))

    is_video = name.endswith(".mp4")
    assert (shown.stills is not None) is is_video
    assert (shown.sketch is not None) is not is_video


async def test_the_prize_that_went_around_is_nearly_the_same() -> None:
    names = ("giveaway.png", "giveaway-again.jpg", "screenshot.png")

    one, again, other = [(await Draughtsman().redrawn(drawn(name))).sketch for name in names]

    assert one is not None
    assert again is not None
    assert other is not None
    assert distance(one, again) <= NEAR[LikenessKind.PICTURE] < distance(one, other)


async def test_a_whole_run_is_accounted_for_and_its_uploads_are_looked_at(up: Up) -> None:
    running = await up.until_ready()

    ended = played(up)

    told = json.loads(ended.stdout)
    assert (ended.returncode, told["refused"], told["unaccounted"]) == (0, 0, [])
    assert told["total"]["detected"] == len(corpus.as_written()) + len(uploaded())
    expected = Counter(name for each in uploaded() for name in names_of(each))
    await until(lambda: taken(up, running.urls["api"]) >= expected.total(), 60)


def played(up: Up) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", "demo", "--data", str(up.data.path), "--json"]
    return subprocess.run(command, capture_output=True, check=False, timeout=240)


def taken(up: Up, api: str) -> int:
    """Snapshots that can be shown, of all cases with an upload."""
    token = up.data.tokens()[Role.AUDITOR]
    found = 0
    for case in cases(api, token):
        if any(name.startswith("pw-") for name in case["detection_ids"]):
            lines = read(f"{api}/cases/{case['case_id']}/timeline", token)["items"]
            facts = [line["facts"] for line in lines if line["event"] == "snapshot"]
            found += sum(1 for each in facts if each["outcome"] == "taken")
    return found


def cases(api: str, token: str) -> list[dict[str, Any]]:
    found, more = [], ""
    while True:
        page = read(f"{api}/cases?limit=200{more}", token)
        found += page["items"]
        if page["next"] is None:
            return found
        more = f"&cursor={page['next']}"
