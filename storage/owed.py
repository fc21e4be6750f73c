"""Which stories should be running, by what the database says is unfinished."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select

from casework.identity import action_workflow, appeal_workflow, case_workflow, recall_workflow
from casework.orders import AppealStart, CaseStart
from casework.recalls import RecallFilter, RecallStart, RecallState
from casework.records import ActionRecord
from casework.words import ActionState
from storage.effects import OPEN
from storage.engine import Database, Transaction
from storage.rows import action_of
from storage.tables import actions, appeals, cases, recalls


class Owed:
    """Read only. A temporary effect in force is owed its end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def case(self, case_id: str) -> CaseStart | None:
        """The case, unless it is closed or was never begun; one that waits to begin is owed too."""
        begun = cases.c.closed_at.is_(None) & (cases.c.round > 0)
        wanted = select(cases.c.case_id, cases.c.harm).where(
            cases.c.case_id == case_id, or_(begun, cases.c.blocked_on != "")
        )
        async with self._database.reading() as tx:
            row = await tx.row(wanted)
            return CaseStart(**row._mapping) if row else None

    async def appeal(self, decision_id: str) -> AppealStart | None:
        """The appeal against this decision, unless it is closed."""
        fields = appeals.c.appeal_id, appeals.c.decision_id, appeals.c.case_id, appeals.c.harm
        wanted = select(*fields).where(
            appeals.c.decision_id == decision_id, appeals.c.closed_at.is_(None)
        )
        async with self._database.reading() as tx:
            row = await tx.row(wanted)
            return AppealStart(**row._mapping) if row else None

    async def action(self, action_id: str) -> ActionRecord | None:
        """The action, if it is unfinished or still has to lapse."""
        wanted = select(actions).where(actions.c.action_id == action_id, _unfinished())
        async with self._database.reading() as tx:
            row = await tx.row(wanted)
            return action_of(row) if row else None

    async def recall(self, recall_id: str) -> RecallStart | None:
        """The recall, if it runs or is paused."""
        wanted = select(recalls).where(recalls.c.recall_id == recall_id, _unfinished_recall())
        async with self._database.reading() as tx:
            row = await tx.row(wanted)
            if row is None:
                return None
            found = RecallFilter.model_validate_json(row.filter)
            return RecallStart(
                recall_id=row.recall_id, pace=row.pace, detector=found.detector or ""
            )

    async def stories(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """The ids of the workflows that should be running since at least so long, oldest first."""
        async with self._database.reading() as tx:
            return [
                *await _cases(tx, older_than, limit),
                *await _appeals(tx, older_than, limit),
                *await _actions(tx, older_than, limit),
            ]

    async def recalls(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """The same for recalls that run or are paused: few, and each concerns many people."""
        async with self._database.reading() as tx:
            return await _recalls(tx, older_than, limit)


async def _cases(tx: Transaction, older_than: timedelta, limit: int) -> list[str]:
    rows = await tx.rows(
        select(cases.c.case_id, cases.c.harm)
        .where(cases.c.closed_at.is_(None), cases.c.round_opened_at <= tx.now - older_than)
        .order_by(cases.c.round_opened_at)
        .limit(limit)
    )
    return [case_workflow(row.harm, row.case_id) for row in rows]


async def _appeals(tx: Transaction, older_than: timedelta, limit: int) -> list[str]:
    rows = await tx.rows(
        select(appeals.c.decision_id)
        .where(appeals.c.closed_at.is_(None), appeals.c.opened_at <= tx.now - older_than)
        .order_by(appeals.c.opened_at)
        .limit(limit)
    )
    return [appeal_workflow(row.decision_id) for row in rows]


async def _actions(tx: Transaction, older_than: timedelta, limit: int) -> list[str]:
    rows = await tx.rows(
        select(actions.c.action_id)
        .where(_unfinished(), actions.c.first_at <= tx.now - older_than)
        .order_by(actions.c.first_at)
        .limit(limit)
    )
    parked = await tx.rows(
        select(actions.c.action_id)
        .where(actions.c.state == ActionState.PARKED, actions.c.parked_at <= tx.now - older_than)
        .order_by(actions.c.parked_at)
        .limit(limit)
    )
    return [action_workflow(row.action_id) for row in (*rows, *parked)]


async def _recalls(tx: Transaction, older_than: timedelta, limit: int) -> list[str]:
    rows = await tx.rows(
        select(recalls.c.recall_id)
        .where(_unfinished_recall(), recalls.c.started_at <= tx.now - older_than)
        .order_by(recalls.c.started_at)
        .limit(limit)
    )
    return [recall_workflow(row.recall_id) for row in rows]


def _unfinished_recall() -> ColumnElement[bool]:
    return recalls.c.state.in_([RecallState.RUNNING.value, RecallState.PAUSED.value])


def _unfinished() -> ColumnElement[bool]:
    """To be done, to end by itself, or to be undone with nobody left who sees to it."""
    stands = actions.c.state.in_((ActionState.CONFIRMED, ActionState.NEEDS_HUMAN))
    lapses = and_(stands, actions.c.confirmed_at.is_not(None), actions.c.lasts_s.is_not(None))
    to_be_done = and_(actions.c.state.in_(OPEN), actions.c.confirmed_at.is_(None))
    return or_(to_be_done, lapses, _left_to_be_undone())


def _left_to_be_undone() -> ColumnElement[bool]:
    """Its undo was refused, and the case or appeal that would go on trying is over: a recall goes
    on to its next item and leaves it behind."""
    case_waits = exists().where(cases.c.case_id == actions.c.case_id, cases.c.closed_at.is_(None))
    appeal_waits = exists().where(
        appeals.c.decision_id == actions.c.decision_id, appeals.c.closed_at.is_(None)
    )
    return and_(
        actions.c.state == ActionState.NEEDS_HUMAN,
        actions.c.confirmed_at.is_not(None),
        actions.c.withdrawn_at.is_not(None),
        ~case_waits,
        ~appeal_waits,
    )
