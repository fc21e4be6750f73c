"""What a case does to an item or an account, kept from happening twice.

Actions under one `platform_ref` are one effect at the platform: the first one's, and those merged
into it. All of them are for good, or all of them end with the first one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from casework.records import PlannedAction
from casework.words import ActionKind, ActionState
from storage import fingerprints
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Transaction
from storage.rows import ends_at
from storage.tables import actions

OPEN = tuple(state.value for state in ActionState if state.is_open)
IN_FORCE = tuple(state.value for state in ActionState if state.in_force)
_COUNTS = tuple({*OPEN, *IN_FORCE} - {ActionState.PARKED.value})
_BY = "casework"

_ENOUGH_OF_ITS_TIME = 0.9
"""A temporary action is merged into one that lasts at least this share of its own time."""

EVENTS = {
    ActionState.PLANNED: Event.ACTION_PLANNED,
    ActionState.ATTEMPTED: Event.ACTION_ATTEMPTED,
    ActionState.CONFIRMED: Event.ACTION_CONFIRMED,
    ActionState.MERGED: Event.ACTION_MERGED,
    ActionState.LAPSED: Event.ACTION_LAPSED,
    ActionState.REVERTED: Event.ACTION_REVERTED,
    ActionState.RELEASED: Event.ACTION_RELEASED,
    ActionState.CANCELLED: Event.ACTION_CANCELLED,
    ActionState.PARKED: Event.ACTION_PARKED,
    ActionState.NEEDS_HUMAN: Event.ACTION_NEEDS_HUMAN,
    ActionState.WRITTEN_OFF: Event.ACTION_WRITTEN_OFF,
}


class Effects:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def plan(
        self, tx: Transaction, planned: Iterable[PlannedAction], case: Row[Any], reason: str
    ) -> tuple[PlannedAction, ...]:
        """Write the actions down, and answer those that are still to be carried out."""
        owed = []
        for action in planned:
            there = await self.same_effect(tx, action)
            await self._write(tx, action, case, reason, there)
            if there is None:
                owed.append(action)
        return tuple(owed)

    async def lock_targets(self, tx: Transaction, targets: Iterable[str]) -> None:
        """Until the commit nobody else plans or withdraws anything on these. SQLite needs none."""
        if not tx.is_postgresql:
            return
        for target in sorted(set(targets)):
            number = int.from_bytes(hashlib.sha256(target.encode()).digest()[:8], signed=True)
            await tx.execute(text(f"SELECT pg_advisory_xact_lock({number})"))

    async def same_effect(self, tx: Transaction, action: PlannedAction) -> str | None:
        """The platform's reference of an effect that already does what this action would.

        One that is being taken back does not count, unless it is this very case's interim one,
        which stands or is on its way: then it simply stays. Nor does one
        that is parked: what is asked for now may have nothing that parks it.
        """
        candidates = await tx.rows(
            select(actions)
            .where(actions.c.target == action.target, actions.c.kind == action.kind)
            .where(actions.c.action_id != action.action_id)
            .where(
                or_(
                    actions.c.withdrawn_at.is_(None) & actions.c.state.in_(_COUNTS),
                    (actions.c.case_id == action.case_id)
                    & actions.c.interim
                    & actions.c.state.in_(_COUNTS),
                )
            )
            .order_by(actions.c.planned_at, actions.c.action_id)
        )
        fitting = (row for row in candidates if _lasts_as_long(row, action.lasts, tx.now))
        return next((row.platform_ref for row in fitting), None)

    async def _write(
        self,
        tx: Transaction,
        action: PlannedAction,
        case: Row[Any],
        reason: str,
        there: str | None,
    ) -> None:
        row = {
            "action_id": action.action_id,
            "decision_id": action.decision_id,
            "case_id": action.case_id,
            "round": case.round,
            "kind": action.kind.value,
            "target": action.target,
            "item_type": action.item.type,
            "item_id": action.item.id,
            "account_id": action.account.id,
            "jurisdiction": action.account.jurisdiction,
            "lasts_s": None if action.lasts is None else action.lasts.total_seconds(),
            "interim": action.interim,
            "state": (ActionState.MERGED if there else ActionState.PLANNED).value,
            "attempts": 0,
            "platform_ref": there or action.action_id,
            "harm": case.harm,
            "policy_version": case.policy_version,
            "reason": reason,
            "note": "",
            "planned_at": tx.now,
            "first_at": None,
            "confirmed_at": None,
            "ended_at": None,
            "withdrawn_at": None,
            **_for_whom(action),
        }
        await tx.add(actions, **row)
        self.write_down(tx, row)

    async def withdraw(self, tx: Transaction, which: ColumnElement[bool]) -> tuple[str, ...]:
        """Nobody wants these any more; answer the ids of those to be undone at the platform.

        What was never attempted is cancelled. What a sibling case still wants is left as it is
        when it is under way or ends by itself: its story goes on for the sibling.
        """
        rows = await tx.rows(
            select(actions)
            .where(which, actions.c.state.in_(OPEN + IN_FORCE), actions.c.withdrawn_at.is_(None))
            .order_by(actions.c.action_id)
            .with_for_update()
        )
        taken_back = []
        for row in rows:
            shared = await self.wanted_by_others(tx, row)
            if row.state in OPEN and row.attempts == 0 and not shared:
                await self.change(tx, row.action_id, state=ActionState.CANCELLED,
                                  withdrawn_at=tx.now, ended_at=tx.now)  # fmt: skip
                continue
            await self.change(tx, row.action_id, event=Event.ACTION_WITHDRAWN, withdrawn_at=tx.now)
            if not shared or (row.state in IN_FORCE and not _holds_it_up(row)):
                taken_back.append(row.action_id)
        return tuple(taken_back)

    async def wanted_by_others(self, tx: Transaction, row: Row[Any]) -> bool:
        """Whether another decision's action rests on the same effect at the platform."""
        if _is_over(row, tx.now):
            return False
        others = select(actions.c.action_id).where(
            actions.c.platform_ref == row.platform_ref,
            actions.c.action_id != row.action_id,
            actions.c.withdrawn_at.is_(None),
            actions.c.state.in_(OPEN + IN_FORCE),
        )
        return await tx.row(others.limit(1)) is not None

    async def held_by_others(
        self, tx: Transaction, row: Row[Any], kinds: Iterable[ActionKind]
    ) -> bool:
        """Whether an action of these kinds on the same target holds, or may by now, for itself."""
        others = await self.switching(tx, row, kinds)
        return any(
            other.withdrawn_at is None
            and other.platform_ref != row.platform_ref
            and not _is_over(other, tx.now)
            for other in others
        )

    async def switching(
        self, tx: Transaction, row: Row[Any], kinds: Iterable[ActionKind]
    ) -> Sequence[Row[Any]]:
        """The other actions of these kinds on the same target that are in force, or may be."""
        return await tx.rows(
            select(actions).where(
                actions.c.target == row.target,
                actions.c.kind.in_([kind.value for kind in kinds]),
                actions.c.action_id != row.action_id,
                actions.c.state.in_((*IN_FORCE, ActionState.ATTEMPTED.value)),
            )
        )

    async def change(
        self, tx: Transaction, action_id: str, event: Event | None = None, **values: Any
    ) -> Row[Any]:
        """Change a row, and write down what it has become."""
        row = (await tx.execute(changed(actions.c.action_id == action_id, values))).one()
        self.write_down(tx, dict(row._mapping), event)
        return row

    async def change_from(
        self, tx: Transaction, action_id: str, states: Iterable[ActionState], **values: Any
    ) -> Row[Any] | None:
        """The same, but only out of these states; None when it is in another, or there is none."""
        fits = actions.c.state.in_([state.value for state in states])
        which = (actions.c.action_id == action_id) & fits
        return await self.change_by(tx, changed(which, values), {})

    async def change_by(
        self, tx: Transaction, change: ReturningUpdate[Any], numbers: dict[str, Any]
    ) -> Row[Any] | None:
        """The same by a statement that is ready, with the values it leaves open."""
        row = (await tx.execute(change, [numbers] if numbers else None)).first()
        if row is not None:
            self.write_down(tx, dict(row._mapping))
        return row

    def write_down(self, tx: Transaction, row: dict[str, Any], event: Event | None = None) -> None:
        facts = {
            "action_id": row["action_id"],
            "kind": row["kind"],
            "state": row["state"],
            "attempts": str(row["attempts"]),
            "row": fingerprints.of_action(row),
        }
        if row["note"]:
            facts["note"] = row["note"]
        said = event or EVENTS[ActionState(row["state"])]
        self._audit.append(tx, row["case_id"], _BY, said, **facts)


def _for_whom(action: PlannedAction) -> dict[str, Any]:
    """On whose word, and how much of it is the ladder's."""
    return {
        "automated": action.automated,
        "detector": action.detector.name if action.detector else "",
        "detector_version": action.detector.version if action.detector else "",
        "ends_at": None,
        "rung": action.rung,
        "own": action.own,
        "parked_at": None,
        "own_lasts_s": None if action.own_lasts is None else action.own_lasts.total_seconds(),
    }


def changed(which: ColumnElement[bool], values: dict[str, Any]) -> ReturningUpdate[Any]:
    return update(actions).where(which).values(**values).returning(*actions.c)


def _lasts_as_long(row: Row[Any], lasts: timedelta | None, now: datetime) -> bool:
    if row.lasts_s is None or lasts is None:
        return row.lasts_s is None and lasts is None
    over_at = ends_at(row)
    left = timedelta(seconds=row.lasts_s) if over_at is None else over_at - now
    return left >= lasts * _ENOUGH_OF_ITS_TIME


def _is_over(row: Row[Any], now: datetime) -> bool:
    """Its time is over, and with it that of everything merged into it."""
    over_at = ends_at(row)
    return over_at is not None and over_at <= now


def _holds_it_up(row: Row[Any]) -> bool:
    """The one whose story will end the effect for everything merged into it."""
    return row.lasts_s is not None and row.platform_ref == row.action_id
