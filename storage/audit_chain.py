"""How a line of the audit trail is tied to the one before it, and to a key not in the database."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from storage.audit_line import AuditLine

BEGINNING = "0" * 64
"""What stands for the digest before the first line."""


def facts_text(facts: Mapping[str, str]) -> str:
    """The only way facts are written, so that equal facts are equal bytes."""
    return json.dumps(dict(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(before: str, seq: int, line: AuditLine, facts: str) -> str:
    """SHA-256 over the digest before and the canonical JSON of this line, in hex."""
    content = json.dumps(
        {
            "seq": seq,
            "case_id": line.case_id,
            "at": moment_text(line.at),
            "actor": line.actor,
            "event": line.event,
            "facts": facts,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(before.encode() + content.encode()).hexdigest()


def mac_of(key: bytes, digest: str) -> str:
    return hmac.new(key, b"line\x1f" + digest.encode(), hashlib.sha256).hexdigest()


def checkpoint_mac(key: bytes, seq: int, digest: str, at: str) -> str:
    said = "\x1f".join(("checkpoint", str(seq), digest, at))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
