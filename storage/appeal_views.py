"""What the person concerned may see of a decision. Never who decided it, and never why in their
own words: those are for colleagues."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from casework.base import Model, Moment
from casework.detection import Detection, ItemRef
from casework.errors import Gone
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState, Verdict
from storage.engine import Transaction
from storage.evidence import CaseKey
from storage.intake import DETECTION
from storage.notice_book import period_of
from storage.order_book import TARGET_GONE
from storage.papers import NOTICE
from storage.rows import action_of, measures_of
from storage.tables import actions, detections

APPEAL = "appeal"
"""What an appellant's words are sealed as."""
_OF_MOST = 4_000
"""Characters of an item that are shown to its author."""


class AppealState(StrEnum):
    POSSIBLE = "possible"
    TOO_LATE = "too_late"
    FILED = "filed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class Standing(StrEnum):
    """How something that was decided stands, for those whom it meets."""

    COMING = "coming"
    IN_FORCE = "in_force"
    OVER = "over"
    UNDOING = "undoing"
    UNDONE = "undone"
    STAYS = "stays"
    """Should be undone, and cannot be."""
    FOR_ANOTHER = "for_another"
    """In force, and no longer because of this decision."""
    NOT_DONE = "not_done"
    NOTHING_TO_DO = "nothing_to_do"


class AppealedAction(Model):
    kind: ActionKind
    standing: Standing
    done_at: Moment | None
    lasts: timedelta | None
    ends_at: Moment | None


class AppealView(Model):
    """What the person concerned may see. `deadline` is None until the notice is delivered."""

    state: AppealState
    subject: str
    body: str
    item: ItemRef
    grounds: str
    automated: bool
    measures: tuple[ActionKind, ...]
    actions: tuple[AppealedAction, ...]
    decided_at: Moment
    deadline: Moment | None
    filed_at: Moment | None = None
    opened_at: Moment | None = None
    """When it was put before people."""
    closed_at: Moment | None = None
    outcome: Verdict | None = None


class Appealed(Model):
    """The same with the words in it, which are shown on the page alone; and where to look for the
    rule and the law."""

    view: AppealView
    item_text: str
    """As it was when it was decided; empty when none is kept."""
    words: str
    """What the appeal says; empty without one."""
    policy: str
    policy_version: int
    jurisdiction: str | None


def standing_of(action: ActionRecord, note: str) -> Standing:
    match action.state:
        case ActionState.CONFIRMED | ActionState.MERGED if action.is_withdrawn:
            return Standing.UNDOING
        case ActionState.CONFIRMED if note == TARGET_GONE:
            return Standing.NOTHING_TO_DO
        case ActionState.CONFIRMED | ActionState.MERGED:
            return Standing.IN_FORCE
        case ActionState.LAPSED:
            return Standing.OVER
        case ActionState.REVERTED:
            return Standing.UNDONE
        case ActionState.RELEASED:
            return Standing.FOR_ANOTHER
        case ActionState.CANCELLED:
            return Standing.NOT_DONE
        case ActionState.WRITTEN_OFF:
            return Standing.STAYS if action.confirmed_at else Standing.NOT_DONE
    return Standing.UNDOING if action.is_withdrawn else Standing.COMING


def view_of(
    notice: Row[Any],
    decision: Row[Any],
    appeal: Row[Any] | None,
    now: datetime,
    key: CaseKey,
) -> AppealView:
    deadline = deadline_of(notice)
    return AppealView(
        state=_state(appeal, deadline, now),
        subject=key.open(notice.sealed_subject, NOTICE),
        body=key.open(notice.sealed_body, NOTICE),
        item=ItemRef(type=decision.item_type, id=decision.item_id),
        grounds=decision.grounds,
        automated=decision.automated,
        measures=tuple(measure.kind for measure in measures_of(decision.measures)),
        actions=(),
        decided_at=decision.at,
        deadline=deadline,
        filed_at=appeal.filed_at if appeal else None,
        opened_at=appeal.opened_at if appeal else None,
        closed_at=appeal.closed_at if appeal else None,
        outcome=Verdict(appeal.outcome) if appeal and appeal.outcome else None,
    )


def deadline_of(notice: Row[Any]) -> datetime | None:
    within = period_of(notice)
    if within is None or notice.delivered_at is None:
        return None
    return within.after(notice.delivered_at)


async def actions_of(tx: Transaction, decision_id: str) -> tuple[AppealedAction, ...]:
    """What came of the decision itself; what was done meanwhile, until it was made, is over."""
    mine = (
        select(actions)
        .where(actions.c.decision_id == decision_id, ~actions.c.interim)
        .order_by(actions.c.planned_at, actions.c.action_id)
    )
    return tuple(_told(action_of(row), row.note) for row in await tx.rows(mine))


async def text_as_decided(tx: Transaction, case_id: str, at: datetime, key: CaseKey) -> str:
    """The item's text as the decision saw it, from the latest detection before it."""
    row = await tx.row(_last_text(case_id, at))
    if row is None:
        return ""
    try:
        detection = Detection.model_validate_json(key.open(row.sealed, DETECTION))
    except Gone:  # sealed before an erasure, under a key that is no more
        return ""
    text = detection.item.text or ""
    return text if len(text) <= _OF_MOST else f"{text[:_OF_MOST]} …"


def _last_text(case_id: str, at: datetime) -> Select[tuple[bytes]]:
    return (
        select(detections.c.sealed)
        .where(
            detections.c.case_id == case_id,
            detections.c.has_text,
            detections.c.received_at <= at,
        )
        .order_by(detections.c.received_at.desc(), detections.c.detection_id.desc())
        .limit(1)
    )


def _told(action: ActionRecord, note: str) -> AppealedAction:
    return AppealedAction(
        kind=action.kind,
        standing=standing_of(action, note),
        done_at=action.confirmed_at,
        lasts=action.lasts,
        ends_at=action.ends_at,
    )


def _state(appeal: Row[Any] | None, deadline: datetime | None, now: datetime) -> AppealState:
    if appeal is not None:
        return AppealState(appeal.outcome) if appeal.outcome else AppealState.FILED
    if deadline is not None and now > deadline:
        return AppealState.TOO_LATE
    return AppealState.POSSIBLE
