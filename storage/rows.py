"""Rows read back as the models they were written from."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Row

from casework.detection import AccountRef, DetectorRef, ItemRef
from casework.errors import Conflict
from casework.finding import Finding, Match
from casework.queueing import Waiting
from casework.records import ActionRecord, Decision, Person, ReviewRecord
from casework.ruling import Measure, Ruling
from casework.words import (
    ActionKind,
    ActionState,
    HearingKind,
    HoldKind,
    Role,
    Severity,
    Verdict,
)

_BY_GROUPS = b"by groups: "
"""Begins no digest, but with the chance of guessing a token."""
_MEASURES: TypeAdapter[tuple[Measure, ...]] = TypeAdapter(tuple[Measure, ...])
_MATCHES: TypeAdapter[tuple[Match, ...]] = TypeAdapter(tuple[Match, ...])


def measures_text(measures: tuple[Measure, ...]) -> str:
    return _MEASURES.dump_json(measures).decode()


def measures_of(text: str) -> tuple[Measure, ...]:
    return _MEASURES.validate_json(text)


def item_of(row: Row[Any]) -> ItemRef:
    return ItemRef(type=row.item_type, id=row.item_id)


def account_of(row: Row[Any]) -> AccountRef:
    return AccountRef(id=row.account_id, jurisdiction=row.jurisdiction)


def finding_of(row: Row[Any]) -> Finding:
    return Finding(
        check=row.check_name,
        score=row.score,
        labels=json.loads(row.labels),
        model=row.model,
        failure=row.failure,
        matches=_MATCHES.validate_json(row.matches or "[]"),
    )


def matches_text(matches: tuple[Match, ...]) -> str | None:
    return _MATCHES.dump_json(matches).decode() if matches else None


def decision_of(row: Row[Any], reason: str) -> Decision:
    return Decision(
        decision_id=row.decision_id,
        case_id=row.case_id,
        round=row.round,
        hearing=HearingKind(row.hearing),
        by=row.by,
        automated=row.automated,
        ruling=Ruling(
            verdict=Verdict(row.verdict), measures=measures_of(row.measures), reason=row.because
        ),
        policy=row.policy,
        policy_version=row.policy_version,
        grounds=row.grounds,
        reason=reason,
        at=row.at,
        overrides=row.overrides,
        confidence=row.confidence,
    )


def ends_at(row: Row[Any]) -> datetime | None:
    """When a temporary effect ends; None while it is not confirmed, and for good ones."""
    if row.ends_at is not None or row.lasts_s is None or row.confirmed_at is None:
        return cast("datetime | None", row.ends_at)
    return cast(datetime, row.confirmed_at + timedelta(seconds=row.lasts_s))


def action_of(row: Row[Any]) -> ActionRecord:
    return ActionRecord(
        action_id=row.action_id,
        decision_id=row.decision_id,
        case_id=row.case_id,
        kind=ActionKind(row.kind),
        item=item_of(row),
        account=account_of(row),
        lasts=None if row.lasts_s is None else timedelta(seconds=row.lasts_s),
        interim=row.interim,
        state=ActionState(row.state),
        attempts=row.attempts,
        first_at=row.first_at,
        confirmed_at=row.confirmed_at,
        ends_at=ends_at(row),
        is_withdrawn=row.withdrawn_at is not None,
        was_moved=row.ends_at is not None,
        automated=bool(row.automated),
        detector=_detector_of(row),
        rung=row.rung,
        own=row.own is not False,
        own_lasts=None if row.own_lasts_s is None else timedelta(seconds=row.own_lasts_s),
        platform_ref=row.platform_ref,
        harm=row.harm,
        policy_version=row.policy_version,
        reason=row.reason,
        parked_by=_parked_by(row),
    )


def parked_note(hold: HoldKind) -> str:
    """What a parked action's note says of why."""
    return f"hold:{hold}"


def _parked_by(row: Row[Any]) -> HoldKind | None:
    if row.state != ActionState.PARKED:
        return None
    return HoldKind(row.note.removeprefix("hold:"))


def _detector_of(row: Row[Any]) -> DetectorRef | None:
    if not row.detector:
        return None
    return DetectorRef(name=row.detector, version=row.detector_version)


def review_of(row: Row[Any], excluded: Sequence[str]) -> ReviewRecord:
    return ReviewRecord(
        review_id=row.review_id,
        case_id=row.case_id,
        round=row.round,
        hearing=HearingKind(row.hearing),
        harm=row.harm,
        severity=Severity(row.severity),
        desk=row.desk,
        due_at=row.due_at,
        why=row.why,
        skill=row.skill,
        excluded=tuple(excluded),
    )


def waiting_of(row: Row[Any]) -> Waiting:
    return Waiting(
        review_id=row.review_id,
        severity=Severity(row.severity),
        trusted=row.trusted,
        due_at=row.due_at,
        reach=row.reach,
        reporters=row.reporters,
        opened_at=row.opened_at,
    )


def mark_of(person_id: str) -> bytes:
    """What stands where the digest of a token stands, of whoever's groups say what they may do."""
    return _BY_GROUPS + person_id.encode()


def is_by_groups(row: Row[Any]) -> bool:
    return bytes(row.token_hash).startswith(_BY_GROUPS)


def refuse_by_groups(row: Row[Any]) -> None:
    """Raises Conflict where nothing is to be written by hand."""
    if is_by_groups(row) and row.revoked_at is None:
        raise Conflict("their groups say what they may do; revoke them first")


def person_of(row: Row[Any]) -> Person:
    return Person(
        id=row.reviewer_id,
        role=Role(row.role),
        harms=frozenset(json.loads(row.harms)),
        queues=frozenset(json.loads(row.queues)),
    )
