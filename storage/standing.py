"""What a withdrawn strike changes of the account's later decisions, in the commit that does it."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from casework.records import Decision
from casework.righting import ChangeDue, Shortening
from casework.ruling import Measure
from casework.standing import (
    Imposed,
    Offence,
    rungs_reached,
    still_called_for,
    weight_before,
)
from casework.statement import change
from casework.words import ActionKind, ActionState
from storage import policy_files
from storage.audit import Audit
from storage.audit_line import Event
from storage.effects import IN_FORCE, OPEN, Effects
from storage.engine import Transaction
from storage.evidence import CaseKey
from storage.papers import Papers
from storage.rows import account_of
from storage.tables import actions, cases, policies, strikes


class Standings:
    def __init__(self, audit: Audit) -> None:
        self._effects = Effects(audit)
        self._papers = Papers(audit)
        self._audit = audit

    async def set_right(
        self, tx: Transaction, because_of: Decision, case: Row[Any], key: CaseKey
    ) -> tuple[ChangeDue, ...]:
        """Withdraw or shorten what no rung calls for any more, and write a notice of each change.

        The caller has withdrawn the strike, and locked the account and all that rests on a rung.
        The notices belong to the case whose decision did it: its story delivers them.
        """
        rows = await tx.rows(resting_on_rungs(case.account_id).order_by(actions.c.action_id))
        if not rows:
            return ()
        offences = await offences_of(tx, case.account_id)
        by_decision: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            by_decision[row.decision_id].append(row)
        changes = []
        for decision_id in sorted(by_decision):
            struck = next((each for each in offences if each.decision_id == decision_id), None)
            if struck is None or struck.withdrawn:
                continue
            rested = by_decision[decision_id]
            changed = await self._recompute(tx, struck, rested, offences)
            if changed is None:
                continue
            due, what = changed
            told = change(struck.decision_id, struck.at, because_of, account_of(rested[0]), what)
            await self._papers.keep_notice(tx, told, because_of.round, key)
            changes.append(due.model_copy(update={"notice_id": told.notice_id}))
        return tuple(changes)

    async def _recompute(
        self,
        tx: Transaction,
        struck: Offence,
        rested: list[Row[Any]],
        offences: tuple[Offence, ...],
    ) -> tuple[ChangeDue, tuple[Measure | ActionKind, ...]] | None:
        ladder = await _ladder(tx, rested[0].harm, rested[0].policy_version)
        before = weight_before(struck, offences)
        reached = rungs_reached(before, struck.weight, ladder)
        lifts: list[str] = []
        shortens: list[Shortening] = []
        what: list[Measure | ActionKind] = []
        for row in rested:
            imposed = imposed_of(row)
            remains = still_called_for(imposed, reached)
            if remains is not None and remains.lasts == imposed.lasts:
                continue
            shorter = None if remains is None else await self._shorten(tx, row, remains)
            if shorter is not None and remains is not None:
                shortens.append(shorter)
                what.append(remains)
            elif remains is None or _leaves(row, remains.lasts, tx.now):
                lifts += await self._effects.withdraw(tx, actions.c.action_id == row.action_id)
                what.append(imposed.kind)
        if not what:
            return None
        return ChangeDue(notice_id="", lifts=tuple(lifts), shortens=tuple(shortens)), tuple(what)

    async def _shorten(self, tx: Transaction, row: Row[Any], remains: Measure) -> Shortening | None:
        """None when its shorter time is over already, or others rest on the same effect."""
        assert remains.lasts is not None  # shorter than something
        if row.state == ActionState.MERGED or await self._effects.wanted_by_others(tx, row):
            return None
        if _is_over(row, remains.lasts, tx.now):
            return None
        end = None if row.confirmed_at is None else row.confirmed_at + remains.lasts
        values = {"lasts_s": remains.lasts.total_seconds(), "ends_at": end}
        await self._effects.change(tx, row.action_id, event=Event.ACTION_SHORTENED, **values)
        return Shortening(
            action_id=row.action_id,
            kind=ActionKind(row.kind),
            case_id=row.case_id,
            harm=row.harm,
            lasts=remains.lasts,
            ends_at=end,
        )


def rests_on_a_rung(account_id: str) -> ColumnElement[bool]:
    """The account's actions that the ladder asked for and that are in force or on their way."""
    mine: ColumnElement[bool] = (
        (actions.c.account_id == account_id)
        & actions.c.rung.is_not(None)
        & actions.c.withdrawn_at.is_(None)
        & actions.c.state.in_(OPEN + IN_FORCE)
    )
    return mine


def resting_on_rungs(account_id: str) -> Select[Any]:
    return select(actions).where(rests_on_a_rung(account_id))


async def offences_of(
    tx: Transaction, account_id: str, apart_from: str = ""
) -> tuple[Offence, ...]:
    """Every strike the account was ever given, but for those of one case, the oldest first."""
    rows = await tx.rows(
        select(strikes, cases.c.item_type, cases.c.item_id)
        .join(cases, cases.c.case_id == strikes.c.case_id)
        .where(strikes.c.account_id == account_id, strikes.c.case_id != apart_from)
        .order_by(strikes.c.at, strikes.c.decision_id)
    )
    return tuple(
        Offence(
            decision_id=row.decision_id,
            item=f"{row.item_type}:{row.item_id}",
            weight=row.weight,
            at=row.at,
            expires_at=row.expires_at,
            withdrawn=row.withdrawn_at is not None,
        )
        for row in rows
    )


def imposed_of(row: Row[Any]) -> Imposed:
    return Imposed(
        action_id=row.action_id,
        kind=ActionKind(row.kind),
        rung=row.rung,
        lasts=None if row.lasts_s is None else timedelta(seconds=row.lasts_s),
        own=row.own is not False,
        own_lasts=None if row.own_lasts_s is None else timedelta(seconds=row.own_lasts_s),
    )


def _leaves(row: Row[Any], lasts: timedelta | None, now: datetime) -> bool:
    """Its time is over; or it only shares an effect, whose end is not its own to move: in doubt for
    the account it leaves that now."""
    return row.state == ActionState.MERGED or _is_over(row, lasts, now)


def _is_over(row: Row[Any], lasts: timedelta | None, now: datetime) -> bool:
    if lasts is None or row.confirmed_at is None:
        return False
    end: datetime = row.confirmed_at + lasts
    return end <= now


async def _ladder(tx: Transaction, harm: str, version: int) -> dict[int, Measure]:
    """The ladder that was in force then; the exact text of every version is on record."""
    text = await tx.value(
        select(policies.c.text).where(policies.c.harm == harm, policies.c.version == version)
    )
    written = policy_files.parse_again(str(text), f"{harm}.yaml").strikes
    return {} if written is None else written.ladder
