"""Small made-up papers of a case, for tests to vary."""

from collections.abc import Mapping
from datetime import UTC, datetime

from casework.detection import AccountRef, DetectorRef, ItemRef
from casework.facts import Claims, Facts
from casework.finding import Finding
from casework.policy import Policy
from casework.records import CaseFile, Decision
from casework.ruling import Measure, Ruling
from casework.words import ActionKind, Channel, HearingKind

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

PLAIN_POLICY: Mapping[str, object] = {
    "harm": "harassment",
    "version": 3,
    "severity": "high",
    "checks": ["vendor_moderation"],
    "rules": [
        {"when": "findings.vendor_moderation.score >= 0.9", "do": ["remove_item"]},
        {"when": "findings.vendor_moderation.score >= 0.5", "do": "review"},
        {"otherwise": "dismiss"},
    ],
    "review": [{"desk": "reviewers", "within": "PT4H"}],
    "if_nobody_decides": "dismiss",
    "appeal_within": "P6M",
    "grounds": {
        "basis": "terms",
        "reference": "Community Guidelines, Harassment",
        "explanation": "Your message attacks another person.",
    },
}


def policy(**changes: object) -> Policy:
    return Policy.model_validate({**PLAIN_POLICY, **changes})


def facts(score: float | None = 0.95, *, strikes: int = 0, said: float | None = None) -> Facts:
    """One vendor's answer (None: it failed), and what the detector said."""
    finding = (
        Finding.failed("vendor_moderation", "unavailable")
        if score is None
        else Finding(check="vendor_moderation", score=score)
    )
    return Facts(
        findings={finding.check: finding},
        strikes=strikes,
        item_type="message",
        claims=Claims(score=said, detector="hive"),
    )


def case_file(channel: Channel = Channel.CLASSIFIER) -> CaseFile:
    return CaseFile(
        case_id="c" * 32,
        harm="harassment",
        round=1,
        policy_version=3,
        item=ItemRef(type="message", id="m-17"),
        account=AccountRef(id="a-4"),
        detector=DetectorRef(name="hive", version="2"),
        claims=Claims(detector="hive", channel=channel),
        strikes=0,
    )


def decision(*measures: Measure, by: str = "ada", automated: bool = False) -> Decision:
    """A first decision to enforce these measures; to remove the item, unless others are named."""
    enforced = measures or (Measure(kind=ActionKind.REMOVE_ITEM),)
    return Decision(
        decision_id="d-1",
        case_id="c" * 32,
        round=1,
        hearing=HearingKind.FIRST,
        by=by,
        automated=automated,
        ruling=Ruling.enforce(enforced, "rule_1"),
        policy="harassment",
        policy_version=3,
        reason="The second sentence is a threat.",
        at=NOON,
    )
