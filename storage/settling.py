"""A decision and everything that follows from it, in one commit."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update

from casework.errors import AlreadyDecided, CaseClosed, Forbidden, NotConfirmed
from casework.finding import Finding
from casework.identity import decision_id
from casework.orders import ActionDue, Decided, Ticket
from casework.records import POLICY, Decision, PlannedAction, ReviewRecord, Settled
from casework.righting import ChangeDue
from casework.words import HearingKind, Stage, Verdict
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.case_files import strikes_on
from storage.effects import Effects
from storage.engine import Transaction
from storage.evidence import KEY, CaseKey, Vault
from storage.ledger import answered, keep, kept, locked_case
from storage.papers import Papers
from storage.standing import Standings, rests_on_a_rung
from storage.tables import (
    actions,
    case_keys,
    cases,
    decisions,
)

_BY = "casework"
UNTIL_DECIDED = "until decided"


class Settling:
    def __init__(self, audit: Audit, vault: Vault) -> None:
        self._audit = audit
        self._vault = vault
        self._papers = Papers(audit)
        self._effects = Effects(audit)
        self._bench = Bench(audit)
        self._standings = Standings(audit)

    async def settle(self, tx: Transaction, settled: Settled, step: str) -> Decided:
        decision = settled.decision
        if decision.hearing is HearingKind.QUALITY:
            raise Forbidden("a second look changes no case")
        case = await locked_case(tx, decision.case_id)
        before = (await tx.execute(_before(decision, step))).one()
        if before.answer is not None:
            return Decided.model_validate_json(before.answer)
        if before.decided is not None:
            raise AlreadyDecided("this hearing of the case has been decided")
        if decision.hearing is HearingKind.FIRST:
            _is_open(case, decision.round)
        key = await self._vault.opened_or_made(tx, case.case_id, before)
        decided = await self._all_that_follows(tx, settled, case, key)
        if settled.closes_review is not None:
            await self._bench.close(tx, settled.closes_review, decision.by, decided)
        if decision.hearing is HearingKind.FIRST:
            await self._show_decided(tx, decided, decision)
        await keep(tx, decision.case_id, step, decided.model_dump_json())
        return decided

    async def ask_people(
        self,
        tx: Transaction,
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
        found: tuple[Finding, ...],
        step: str,
    ) -> Decided:
        case = await locked_case(tx, review.case_id)
        before = await kept(tx, review.case_id, step)
        if before is not None:
            return Decided.model_validate_json(before)
        _is_open(case, review.round)
        await self._papers.keep_findings(tx, case, found)
        facts = {"verdict": Verdict.REVIEW.value, "because": review.why}
        self._audit.append(tx, case.case_id, "policy", Event.RULED, **facts)
        await self._effects.lock_targets(tx, (action.target for action in interim))
        owed = await self._effects.plan(tx, interim, case, UNTIL_DECIDED)
        await self._bench.open(tx, review)
        decided = asked(review, owed)
        await keep(tx, case.case_id, step, decided.model_dump_json())
        return decided

    async def _all_that_follows(
        self, tx: Transaction, settled: Settled, case: Row[Any], key: CaseKey
    ) -> Decided:
        decision = settled.decision
        await self._papers.keep_findings(tx, case, settled.findings)
        await self._papers.keep_decision(tx, decision, key)
        undone = _to_be_undone(settled)
        await self._lock_targets(tx, settled, case, undone)
        await self._counted_so_far(tx, settled, case)
        takes_back = () if undone is None else await self._effects.withdraw(tx, undone)
        changes = await self._withdraw_strike(tx, settled, case, key)
        owed = await self._effects.plan(tx, settled.actions, case, decision.grounds)
        if settled.strike is not None:
            await self._papers.keep_strike(tx, settled.strike, case)
        if settled.statement is not None:
            await self._papers.keep_notice(tx, settled.statement, decision.round, key)
        return Decided(
            decision_id=decision.decision_id,
            verdict=decision.ruling.verdict,
            reason=decision.ruling.reason,
            actions=_due(owed),
            takes_back=(*takes_back, *(each for due in changes for each in due.lifts)),
            changes=changes,
            notice_id=settled.statement.notice_id if settled.statement else None,
        )

    async def _withdraw_strike(
        self, tx: Transaction, settled: Settled, case: Row[Any], key: CaseKey
    ) -> tuple[ChangeDue, ...]:
        if settled.withdraws is None:
            return ()
        if not await self._papers.withdraw_strike(tx, settled.withdraws, case):
            return ()
        return await self._standings.set_right(tx, settled.decision, case, key)

    async def _counted_so_far(self, tx: Transaction, settled: Settled, case: Row[Any]) -> None:
        """Raises NotConfirmed when a rung was stepped on by a weight that is another by now."""
        if settled.counted is None:
            return
        if await strikes_on(tx, case.account_id, case.case_id) != settled.counted:
            raise NotConfirmed("the account's strikes have changed meanwhile: rule again")

    async def _lock_targets(
        self,
        tx: Transaction,
        settled: Settled,
        case: Row[Any],
        undone: ColumnElement[bool] | None,
    ) -> None:
        if not tx.is_postgresql:
            return
        targets = {action.target for action in settled.actions}
        if settled.counted is not None or settled.withdraws is not None:
            targets.add(f"account:{case.account_id}")
        if settled.withdraws is not None:
            rests = rests_on_a_rung(case.account_id)
            undone = rests if undone is None else undone | rests
        if undone is not None:
            targets |= {row.target for row in await tx.rows(select(actions.c.target).where(undone))}
        await self._effects.lock_targets(tx, targets)

    async def _show_decided(self, tx: Transaction, decided: Decided, by: Decision) -> None:
        values: dict[str, Any] = {"queue": None, "deadline": None}
        if by.by == POLICY:
            values |= {"ruled_as": by.ruling.verdict, "ruled_at": tx.now}
        if decided.actions or decided.takes_back:
            values["stage"] = Stage.ENFORCING
        mine = select(decisions.c.case_id).where(decisions.c.decision_id == decided.decision_id)
        await tx.execute(
            update(cases).where(cases.c.case_id == mine.scalar_subquery()).values(**values)
        )


def _before(decision: Decision, step: str) -> Select[Any]:
    """One row: what this step answered, who decided this hearing, and the case's key."""
    case_id = decision.case_id
    decided = select(decisions.c.decision_id).where(
        decisions.c.case_id == case_id,
        decisions.c.round == decision.round,
        decisions.c.hearing == decision.hearing,
    )
    mine = case_keys.c.case_id == case_id
    return select(
        answered(case_id, step).scalar_subquery().label("answer"),
        decided.limit(1).scalar_subquery().label("decided"),
        *(select(part).where(mine).scalar_subquery().label(part.name) for part in KEY),
    )


def _to_be_undone(settled: Settled) -> ColumnElement[bool] | None:
    decision = settled.decision
    if settled.withdraws is not None:
        return actions.c.decision_id == settled.withdraws
    if decision.hearing is HearingKind.FIRST:
        return (
            (actions.c.case_id == decision.case_id)
            & (actions.c.round == decision.round)
            & actions.c.interim
        )
    return None


def _is_open(case: Row[Any], round_: int) -> None:
    if case.stage == Stage.CLOSED or case.round != round_:
        raise CaseClosed("this round of the case is closed")
    if case.merged_into is not None:
        raise NotConfirmed("the case was merged into a ban meanwhile: look again")


def asked(review: ReviewRecord, owed: tuple[PlannedAction, ...]) -> Decided:
    """What a story is answered whose question lies before people."""
    return Decided(
        decision_id=decision_id(review.case_id, review.round, review.hearing),
        verdict=Verdict.REVIEW,
        reason=review.why,
        actions=_due(owed),
        ticket=Ticket(review_id=review.review_id, desk=review.desk, due_at=review.due_at),
    )


def _due(planned: tuple[PlannedAction, ...]) -> tuple[ActionDue, ...]:
    return tuple(
        ActionDue(action_id=action.action_id, kind=action.kind, lasts=action.lasts)
        for action in planned
    )
