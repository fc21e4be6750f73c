"""How a case's round ends."""

from typing import Any

from sqlalchemy import Row, Select, or_, select, update

from casework.errors import NotConfirmed
from casework.orders import Closing
from casework.words import Outcome, Stage
from storage.audit import Audit
from storage.audit_line import Event
from storage.effects import IN_FORCE, OPEN, Effects
from storage.engine import Transaction
from storage.ledger import changed_case, locked_case
from storage.opening import Opener
from storage.tables import actions, cases, notices

_UNFINISHED = or_(
    actions.c.state.in_(OPEN),
    actions.c.withdrawn_at.is_not(None) & actions.c.state.in_(IN_FORCE),
)


class Closer:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._opener = Opener(audit)
        self._effects = Effects(audit)

    async def close(self, tx: Transaction, case_id: str, round_: int, outcome: Outcome) -> Closing:
        case = await locked_case(tx, case_id)
        if case.round != round_:
            return Closing(left_over=False)
        if case.stage != Stage.CLOSED:
            await self._nothing_is_owed(tx, case)
            await self._mark_closed(tx, case, _settled_before(case, outcome))
        outcome = _settled_before(case, outcome)
        if outcome is Outcome.DISMISSED:
            left_over = await self._opener.has_left_over(tx, case_id)
            return Closing(left_over=left_over, outcome=outcome)
        await self._opener.take_in(tx, case_id, round_)
        return Closing(left_over=False, outcome=outcome)

    async def _mark_closed(self, tx: Transaction, case: Row[Any], outcome: Outcome) -> None:
        closed = update(cases).where(cases.c.case_id == case.case_id)
        row = await changed_case(
            tx,
            closed.values(
                stage=Stage.CLOSED,
                outcome=outcome,
                closed_at=tx.now,
                blocked_on="",
                queue=None,
                deadline=None,
            ),
        )
        facts = {"round": str(case.round), "outcome": outcome.value, "row": row}
        self._audit.append(tx, case.case_id, "casework", Event.CASE_CLOSED, **facts)

    async def _nothing_is_owed(self, tx: Transaction, case: Row[Any]) -> None:
        """Raises NotConfirmed while an effect is not there, not gone yet, or not told of."""
        mine = (actions.c.case_id == case.case_id) & (actions.c.round == case.round)
        await self._effects_are_seen(tx, select(actions).where(mine, _UNFINISHED))
        untold = select(notices.c.notice_id).where(
            notices.c.case_id == case.case_id,
            notices.c.round == case.round,
            notices.c.delivered_at.is_(None),
            notices.c.withdrawn_at.is_(None),
        )
        if await tx.row(untold.limit(1)) is not None:
            raise NotConfirmed("a notice is not delivered")

    async def may_tell(self, tx: Transaction, case_id: str, round_: int) -> None:
        """Raises NotConfirmed while there would be something untrue to tell."""
        this = (cases.c.case_id == case_id) & (cases.c.round == round_)
        of_it = (actions.c.case_id == cases.c.case_id) & (actions.c.round == cases.c.round)
        unfinished = select(actions).join(cases, of_it).where(this, _UNFINISHED)
        await self._effects_are_seen(tx, unfinished)

    async def _effects_are_seen(self, tx: Transaction, unfinished: Select[Any]) -> None:
        for row in await tx.rows(unfinished):
            if row.state in OPEN or not await self._effects.wanted_by_others(tx, row):
                raise NotConfirmed(f"{row.kind} is {row.state}")


def _settled_before(case: Row[Any], outcome: Outcome) -> Outcome:
    """A case that was recalled while it was carried out has its outcome already."""
    return outcome if case.outcome is None else Outcome(case.outcome)
