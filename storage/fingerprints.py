"""Digests of rows, written into the audit trail beside the event that made them so.

The columns are listed: one that is added later must not change what was said of older rows.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.audit_chain import moment_text

_DECISION = (
    "decision_id", "case_id", "round", "hearing", "by", "automated", "verdict", "measures",
    "because", "policy", "policy_version", "grounds", "sealed_reason", "at", "overrides",
)  # fmt: skip
_ACTION = (
    "action_id", "decision_id", "case_id", "round", "kind", "target", "item_type", "item_id",
    "account_id", "jurisdiction", "lasts_s", "interim", "state", "attempts", "platform_ref",
    "harm", "policy_version", "reason", "note", "planned_at", "first_at", "confirmed_at",
    "ended_at", "withdrawn_at",
)  # fmt: skip

_ACTION_SINCE_0003 = (
    "automated", "detector", "detector_version", "ends_at", "rung", "own", "own_lasts_s",
)  # fmt: skip
"""Rows from before that migration have no detector."""

_STRIKE = (
    "decision_id", "case_id", "account_id", "weight", "at", "expires_at", "withdrawn_at",
)  # fmt: skip
_NOTICE = (
    "notice_id", "decision_id", "case_id", "round", "kind", "account_id", "jurisdiction",
    "sealed_subject", "sealed_body", "appeal_within", "rendered_at", "delivered_at", "withdrawn_at",
)  # fmt: skip
_OUTCOME = ("case_id", "round", "outcome", "closed_at", "merged_into")


def of_decision(row: Mapping[str, Any]) -> str:
    columns = _DECISION if row["confidence"] is None else (*_DECISION, "confidence")
    return _digest([_plain(row[column]) for column in columns])


def of_action(row: Mapping[str, Any]) -> str:
    columns = _ACTION if row["detector"] is None else (*_ACTION, *_ACTION_SINCE_0003)
    return _digest([_plain(row[column]) for column in columns])


def of_strike(row: Mapping[str, Any]) -> str:
    return _digest([_plain(row[column]) for column in _STRIKE])


def of_notice(row: Mapping[str, Any]) -> str:
    """Without the channels: each is noted when it has taken the notice, also a late one."""
    return _digest([_plain(row[column]) for column in _NOTICE])


def of_outcome(row: Mapping[str, Any]) -> str:
    """How a case stands: the columns of its row that say how its rounds ended."""
    return _digest([_plain(row[column]) for column in _OUTCOME])


def _plain(value: Any) -> str | float | bool | None:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return float(value)  # a whole number in a REAL column comes back as either
    raise TypeError(f"no fingerprint for a {type(value).__name__}")


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()
