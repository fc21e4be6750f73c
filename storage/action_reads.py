"""Looking up a case's actions."""

from datetime import datetime

from sqlalchemy import select

from casework.action_orders import Order, may_be
from casework.base import Model, Moment
from casework.errors import NotFound
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState
from storage.engine import Database, Transaction
from storage.rows import action_of
from storage.tables import actions


class ActionView(Model):
    """An action as staff see it. `may` is what can be ordered about it now."""

    action_id: str
    decision_id: str
    case_id: str
    kind: ActionKind
    target: str
    state: ActionState
    interim: bool
    automated: bool
    attempts: int
    note: str
    """A stable word: why it needs a human, or what was found (`target_gone`)."""
    planned_at: Moment
    first_at: Moment | None
    confirmed_at: Moment | None
    ends_at: Moment | None
    lasts_s: float | None
    merged_into: str | None
    may: tuple[Order, ...]


class ActionReads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, action_id: str) -> ActionView:
        """Raises NotFound."""
        wanted = select(actions).where(actions.c.action_id == action_id)
        row = await self._database.look(wanted)
        if row is None:
            raise NotFound("no such action")
        return _view(action_of(row), row.note, row.planned_at, self._database.now())

    async def of_case(self, case_id: str) -> tuple[ActionView, ...]:
        """Oldest first; empty for a case that planned none."""
        wanted = (
            select(actions)
            .where(actions.c.case_id == case_id)
            .order_by(actions.c.planned_at, actions.c.action_id)
        )

        async def work(tx: Transaction) -> tuple[ActionView, ...]:
            rows = await tx.rows(wanted)
            return tuple(_view(action_of(row), row.note, row.planned_at, tx.now) for row in rows)

        return await self._database.read(work)


def _view(action: ActionRecord, note: str, planned_at: datetime, now: datetime) -> ActionView:
    merged = action.platform_ref != action.action_id
    return ActionView(
        action_id=action.action_id,
        decision_id=action.decision_id,
        case_id=action.case_id,
        kind=action.kind,
        target=action.target,
        state=action.state,
        interim=action.interim,
        automated=action.automated,
        attempts=action.attempts,
        note=note,
        planned_at=planned_at,
        first_at=action.first_at,
        confirmed_at=action.confirmed_at,
        ends_at=action.ends_at,
        lasts_s=action.lasts.total_seconds() if action.lasts else None,
        merged_into=action.platform_ref if merged else None,
        may=may_be(action, now),
    )
