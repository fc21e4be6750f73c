"""What was posted or reported, as detections.

Everything in them comes from the event or the report, nothing from a clock: told again, the same
message is the same detection, byte for byte.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue, SecretStr, ValidationError

from casework.base import Model
from casework.detection import AccountRef, Detection, DetectorRef, Item
from casework.errors import Nonsense
from casework.words import Channel
from integrations.matrix.posted import Posted
from integrations.matrix.rooms import Reported
from integrations.matrix.wire import MESSAGE

DETECTOR: Final = DetectorRef(name="matrix-bridge", version="1")
"""Raise the version with every change of what a message becomes."""
LONGEST_TEXT: Final = 32_768
"""What the gateway takes of an item's text. A message may be twice as long."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Claims(Model):
    """`homeserver` is the name of the server whose report numbers are meant; `key` hides reporters
    from whoever reads a report, and tells them apart."""

    homeserver: str
    key: SecretStr

    def of_message(self, message: Posted, harm: str) -> Detection:
        """A message that is to be looked at for one harm. An edit is a claim of its own about the
        message it edits. It has no score: the checks of the policy judge it, not the bridge.

        Raises:
            Nonsense: when its ids are longer than a case can name.
        """
        name = _name("message", message.event, harm)
        return _detection(name, message, harm, Channel.CLASSIFIER, {})

    def of_report(self, reported: Reported, about: Posted, harm: str) -> Detection:
        """Raises as above."""
        key = self.key.get_secret_value().encode()
        reporter = hmac.new(key, reported.reporter.encode(), hashlib.sha256).hexdigest()[:32]
        evidence: dict[str, JsonValue] = {"reporter": reporter, "reason": reported.reason}
        name = _name("report", self.homeserver, str(reported.number), harm)
        return _detection(name, about, harm, Channel.USER_REPORT, evidence)


def as_sent(detection: Detection) -> bytes:
    """The exact bytes that go to the gateway."""
    body = detection.model_dump(mode="json", exclude_none=True)
    return json.dumps(body, sort_keys=True).encode()


def _name(*parts: str) -> str:
    return f"matrix-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def _detection(
    name: str, about: Posted, harm: str, channel: Channel, evidence: dict[str, JsonValue]
) -> Detection:
    try:
        return Detection(
            detection_id=name,
            detector=DETECTOR,
            harm=harm,
            item=_item(about),
            account=AccountRef(id=about.author),
            channel=channel,
            observed_at=about.at,
            evidence=evidence,
        )
    except ValidationError:
        raise Nonsense("an id longer than a case can name") from None


def _item(about: Posted) -> Item:
    """A text too long for the gateway is not cut, or only its beginning would be judged. It goes
    along as context: no check reads that, and so a person looks."""
    is_short = len(about.text) <= LONGEST_TEXT
    context: dict[str, JsonValue] = {"event": about.event, "kind": about.kind}
    if not is_short:
        context["text"] = about.text
    message = about.replaces or about.event
    return Item(
        type=MESSAGE,
        id=f"{about.room}/{message}",
        text=about.text if is_short and about.text else None,
        url=_address(about.room, message),
        media=about.media,
        context=context,
    )


def _address(room: str, event: str) -> str:
    """For a reviewer's own Matrix client. Source: client-server API, "matrix: URI scheme"."""
    return f"matrix:roomid/{quote(room[1:], safe=':')}/e/{quote(event[1:], safe='')}"


def not_later_than(message: Posted, latest: datetime) -> Posted:
    """The same, unless its author's server dates it in the future: the gateway would refuse that,
    and with it the message. So the moment is replaced by one that nobody takes for real."""
    return message if message.at <= latest else message.model_copy(update={"at": _LONG_AGO})
