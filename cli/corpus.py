"""The demo's messages and uploads, hand-made; as detections of this run or of every run."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from casework.base import Model
from casework.detection import Detection, Media

MESSAGES = Path(__file__).parent / "demo_corpus" / "messages.jsonl"
UPLOADS = Path(__file__).parent / "demo_corpus" / "uploads.jsonl"
"""With pictures and a video, which the simulated platform draws and serves."""
_UPLOADED = "https://uploads.example/"


class Message(Model):
    """One detection to be sent, exactly as `text` has it."""

    detection_id: str
    harm: str
    text: bytes


def as_written(file: Path = MESSAGES) -> list[Message]:
    """With the same ids each time: what was sent before is recognised and starts nothing."""
    return [_message(detection) for detection in _detections(file)]


def as_new(run: str, now: datetime, file: Path = MESSAGES) -> list[Message]:
    """With ids of this run, observed now, so that every case is a new one. Accounts stay who they
    are: their strikes add up."""
    return [_message(_renamed(detection, run, now)) for detection in _detections(file)]


def with_uploads(run: str, now: datetime, platform_url: str) -> list[Message]:
    """Those with pictures, as of this run, where the simulated platform serves them."""
    there = f"{platform_url.rstrip('/')}/uploads/"
    renamed = (_renamed(detection, run, now) for detection in _detections(UPLOADS))
    return [_message(_served(detection, there)) for detection in renamed]


def this_run() -> str:
    """A short name that no other run has, as long as they are a second apart."""
    return f"{int(datetime.now(UTC).timestamp()):x}"


def _detections(file: Path) -> Iterator[Detection]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Detection.model_validate_json(line)


def _renamed(detection: Detection, run: str, now: datetime) -> Detection:
    item = detection.item.model_copy(update={"id": f"{detection.item.id}-{run}"})
    name = f"{detection.detection_id}-{run}"
    changes = {"detection_id": name, "item": item, "observed_at": now}
    return detection.model_copy(update=changes)


def _served(detection: Detection, there: str) -> Detection:
    media = tuple(
        each.model_copy(update={"url": each.url.replace(_UPLOADED, there)})
        for each in detection.item.media
        if isinstance(each, Media)
    )
    item = detection.item.model_copy(update={"media": media})
    return detection.model_copy(update={"item": item})


def _message(detection: Detection) -> Message:
    body = detection.model_dump(mode="json", exclude_none=True)
    return Message(
        detection_id=detection.detection_id,
        harm=detection.harm,
        text=json.dumps(body, sort_keys=True).encode(),
    )
