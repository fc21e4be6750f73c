"""Standard Webhooks signatures: `v1`, HMAC-SHA256 over `id.timestamp.body`.

Source: standard-webhooks specification, "Webhook signature scheme" and "Verifying authenticity".
The asymmetric `v1a` is not spoken; such signatures are skipped, as the specification asks.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from casework.errors import Unauthenticated

WINDOW = timedelta(minutes=5)
"""How far a timestamp may lie from now, either way."""

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

_PREFIX = "whsec_"
_MOST_SIGNATURES = 16
"""More are not looked at: each one costs us a comparison and the sender nothing."""


class SigningKeys:
    """The keys shared with one other party, the current one first.

    Signing uses all of them, so that the other side may change over at any time; any of them
    verifies. One set per endpoint: what was signed for one must not be good for another.

    Raises:
        ValueError: for a key that is not `whsec_` and base64 of 24 to 64 bytes.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("at least one signing key is needed")
        self._keys = [_key(secret) for secret in secrets]

    def sign(self, message_id: str, body: bytes, *, at: datetime) -> dict[str, str]:
        """The three headers. The id has to stay the same when a message is sent again."""
        stamp = str(int(at.timestamp()))
        signatures = (_signature(key, message_id, stamp, body) for key in self._keys)
        return {
            ID: message_id,
            TIMESTAMP: stamp,
            SIGNATURE: " ".join("v1," + base64.b64encode(made).decode() for made in signatures),
        }

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """The id of a genuine message. Whether it was seen before is for the caller to know.

        `headers` may be in any case. Takes the same time whichever signature fits.

        Raises:
            Unauthenticated: when a header is missing or malformed, the timestamp is more than
                `WINDOW` away from `now`, or no signature fits. Which of these is not told.
        """
        found = {name.lower(): value for name, value in headers.items()}
        message_id, stamp = found.get(ID, ""), found.get(TIMESTAMP, "")
        fits = [
            hmac.compare_digest(_signature(key, message_id, stamp, body), offered)
            for key in self._keys
            for offered in _offered(found.get(SIGNATURE, ""))
        ]
        if not (message_id and _is_recent(stamp, now) and any(fits)):
            raise Unauthenticated("not a genuine message")
        return message_id


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a signing key is whsec_ followed by base64") from None
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a signing key is whsec_ and base64 of 24 to 64 bytes")
    return key


def _signature(key: bytes, message_id: str, stamp: str, body: bytes) -> bytes:
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return hmac.new(key, signed, hashlib.sha256).digest()


def _offered(header: str) -> list[bytes]:
    offered = []
    for part in header.split(" ")[:_MOST_SIGNATURES]:
        version, _, encoded = part.partition(",")
        if version != "v1":
            continue
        try:
            offered.append(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            continue
    return offered


def _is_recent(stamp: str, now: datetime) -> bool:
    # Twelve digits reach the year 33658; more would only serve to overflow something.
    if not re.fullmatch(r"[0-9]{1,12}", stamp):
        return False
    return abs(int(stamp) - now.timestamp()) <= WINDOW.total_seconds()
