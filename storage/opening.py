"""How a case begins, goes on, or is opened again."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, select, update

from casework.orders import OpenCase
from casework.policy import Policy
from casework.ports import Opening
from casework.words import HoldKind, Outcome, Reopen, Stage
from storage.audit import Audit
from storage.audit_line import Event
from storage.covering import oldest_hold, parks_case
from storage.engine import Transaction
from storage.ledger import changed_case, keep, locked_case
from storage.tables import cases, detections, steps
from storage.weighing import weigh_again

_BY = "casework"


class Opener:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def open(self, tx: Transaction, order: OpenCase, policy: Policy) -> Opening:
        case = await locked_case(tx, order.case_id)
        step = f"open/{order.run}"
        asked = {"of_case": order.case_id, "of_step": step, "under_version": policy.version}
        before = (await tx.execute(_before(), [asked])).one()
        if before.answer is not None:
            return Opening.model_validate_json(before.answer)
        opening = await self._opened(tx, case, policy, before.held)
        if opening.held is not None:
            return opening
        await keep(tx, order.case_id, step, opening.model_dump_json())
        return opening

    async def _opened(
        self, tx: Transaction, case: Row[Any], policy: Policy, held: str | None
    ) -> Opening:
        if case.stage == Stage.CLOSED and not await self._reopens(tx, case, policy):
            await self.take_in(tx, case.case_id, case.round)
            return _opening(case, case.round, case.policy_version, outcome=Outcome(case.outcome))
        if case.round and case.stage != Stage.CLOSED:
            await self._note_that_it_runs(tx, case)
            if await self.take_in(tx, case.case_id, case.round) and case.stage == Stage.REVIEW:
                await weigh_again(tx, case.case_id, case.round)
            return _opening(case, case.round, case.policy_version)
        if held is not None:
            waiting = _opening(case, case.round, policy.version)
            return waiting.model_copy(update={"held": HoldKind(held)})
        await self._begin_round(tx, case, policy)
        await self.take_in(tx, case.case_id, case.round + 1)
        return _opening(case, case.round + 1, policy.version)

    async def _reopens(self, tx: Transaction, case: Row[Any], policy: Policy) -> bool:
        if policy.reopen is Reopen.NEVER or case.outcome != Outcome.DISMISSED:
            return False
        return await self.has_left_over(tx, case.case_id)

    async def reopen(self, tx: Transaction, case: Row[Any], policy: Policy) -> None:
        """Begin another round although nothing new was detected."""
        await self._begin_round(tx, case, policy)

    async def _begin_round(self, tx: Transaction, case: Row[Any], policy: Policy) -> None:
        begins = update(cases).where(cases.c.case_id == case.case_id)
        row = await changed_case(
            tx,
            begins.values(
                round=case.round + 1,
                policy_version=policy.version,
                severity=policy.severity,
                stage=Stage.CHECKING,
                outcome=None,
                closed_at=None,
                blocked_on="",
                round_opened_at=tx.now,
                started_at=tx.now,
            ),
        )
        event = Event.CASE_REOPENED if case.round else Event.CASE_OPENED
        facts = {"round": str(case.round + 1), "policy": policy.harm, "row": row}
        self._audit.append(
            tx, case.case_id, _BY, event, **facts, policy_version=str(policy.version)
        )

    async def _note_that_it_runs(self, tx: Transaction, case: Row[Any]) -> None:
        if case.started_at is None:
            mine = cases.c.case_id == case.case_id
            await tx.execute(update(cases).where(mine).values(started_at=tx.now))

    async def has_left_over(self, tx: Transaction, case_id: str) -> bool:
        found = select(detections.c.detection_id).where(
            detections.c.case_id == case_id, detections.c.round.is_(None)
        )
        return await tx.row(found.limit(1)) is not None

    async def take_in(self, tx: Transaction, case_id: str, round_: int) -> bool:
        """Join every detection that is in no round yet; its story evidently runs. Whether any."""
        joined = await tx.rows(
            update(detections)
            .where(detections.c.case_id == case_id, detections.c.round.is_(None))
            .values(round=round_, acknowledged_at=tx.now)
            .returning(detections.c.detection_id)
        )
        for row in joined:
            self._audit.append(
                tx,
                case_id,
                _BY,
                Event.DETECTION_JOINED,
                detection_id=row.detection_id,
                round=str(round_),
            )
        return bool(joined)


@cache
def _before() -> Select[Any]:
    """One row: what this step answered, and the hold that keeps the case from beginning."""
    ran = (steps.c.case_id == cases.c.case_id) & (steps.c.step == bindparam("of_step"))
    held = oldest_hold(parks_case(cases.c, bindparam("under_version", type_=Integer())))
    return select(
        select(steps.c.result).where(ran).correlate(cases).scalar_subquery().label("answer"),
        held.correlate(cases).scalar_subquery().label("held"),
    ).where(cases.c.case_id == bindparam("of_case"))


def _opening(
    case: Row[Any], round_: int, version: int, *, outcome: Outcome | None = None
) -> Opening:
    """`outcome` is that of a closed case which stays closed."""
    return Opening(
        round=round_,
        policy_version=version,
        fresh=outcome is None,
        outcome=outcome,
        item_type=case.item_type,
    )
