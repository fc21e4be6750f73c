"""A decision and everything that follows from it, in one commit."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update

from casework.errors import AlreadyDecided, CaseClosed
from casework.finding import Finding
from casework.identity import decision_id
from casework.orders import ActionDue, Decided, Ticket
from casework.records import Decision, PlannedAction, ReviewRecord, Settled, Statement, Strike
from casework.words import HearingKind, Stage, Verdict
from storage import fingerprints
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.effects import Effects
from storage.engine import Transaction
from storage.evidence import KEY, CaseKey, Vault
from storage.ledger import answered, keep, kept, locked_case
from storage.rows import measures_text
from storage.tables import (
    actions,
    case_keys,
    cases,
    decisions,
    findings,
    notices,
    strikes,
)

REASON = "reason"
NOTICE = "notice"
"""What a decision's reason and a notice's texts are sealed as."""
_BY = "casework"
_UNTIL_DECIDED = "until decided"
_ANSWERED = ("score", "labels", "model", "failure", "at")


class Settling:
    def __init__(self, audit: Audit, vault: Vault) -> None:
        self._audit = audit
        self._vault = vault
        self._effects = Effects(audit)
        self._bench = Bench(audit)

    async def settle(self, tx: Transaction, settled: Settled, step: str) -> Decided:
        decision = settled.decision
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
            await self._show_decided(tx, decided)
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
        await self._keep_findings(tx, case, found)
        facts = {"verdict": Verdict.REVIEW.value, "because": review.why}
        self._audit.append(tx, case.case_id, "policy", Event.RULED, **facts)
        await self._effects.lock_targets(tx, (action.target for action in interim))
        owed = await self._effects.plan(tx, interim, case, _UNTIL_DECIDED)
        await self._bench.open(tx, review)
        decided = _asked(review, owed)
        await keep(tx, case.case_id, step, decided.model_dump_json())
        return decided

    async def _all_that_follows(
        self, tx: Transaction, settled: Settled, case: Row[Any], key: CaseKey
    ) -> Decided:
        decision = settled.decision
        await self._keep_findings(tx, case, settled.findings)
        await self._keep_decision(tx, decision, key)
        undone = _to_be_undone(settled)
        await self._lock_targets(tx, settled, undone)
        takes_back = () if undone is None else await self._effects.withdraw(tx, undone)
        if settled.withdraws is not None:
            await self._withdraw_strike(tx, settled.withdraws, case)
        owed = await self._effects.plan(tx, settled.actions, case, decision.grounds)
        if settled.strike is not None:
            await self._keep_strike(tx, settled.strike, case)
        if settled.statement is not None:
            await self._keep_notice(tx, settled.statement, decision.round, key)
        return Decided(
            decision_id=decision.decision_id,
            verdict=decision.ruling.verdict,
            reason=decision.ruling.reason,
            actions=_due(owed),
            takes_back=takes_back,
            notice_id=settled.statement.notice_id if settled.statement else None,
        )

    async def _lock_targets(
        self, tx: Transaction, settled: Settled, undone: ColumnElement[bool] | None
    ) -> None:
        if not tx.is_postgresql:
            return
        targets = {action.target for action in settled.actions}
        if undone is not None:
            targets |= {row.target for row in await tx.rows(select(actions.c.target).where(undone))}
        await self._effects.lock_targets(tx, targets)

    async def _keep_findings(
        self, tx: Transaction, case: Row[Any], found: tuple[Finding, ...]
    ) -> None:
        """The latest answer of each check in this round."""
        if not found:
            return
        kept = tx.insert(findings)
        latest = {column: kept.excluded[column] for column in _ANSWERED}
        kept = kept.on_conflict_do_update(index_elements=findings.primary_key, set_=latest)
        await tx.execute(kept, [_finding_row(tx, case, finding) for finding in found])
        for finding in found:
            answer = finding.failure or str(finding.score)
            facts = {"check": finding.check, "answer": answer[:100], "model": finding.model[:200]}
            self._audit.append(tx, case.case_id, _BY, Event.CHECK_ANSWERED, **facts)

    async def _keep_decision(self, tx: Transaction, decision: Decision, key: CaseKey) -> None:
        row = {
            "decision_id": decision.decision_id,
            "case_id": decision.case_id,
            "round": decision.round,
            "hearing": decision.hearing.value,
            "by": decision.by,
            "automated": decision.automated,
            "verdict": decision.ruling.verdict.value,
            "measures": measures_text(decision.ruling.measures),
            "because": decision.ruling.reason,
            "policy": decision.policy,
            "policy_version": decision.policy_version,
            "grounds": decision.grounds,
            "sealed_reason": key.seal(decision.reason, REASON) if decision.reason else None,
            "at": decision.at,
            "overrides": decision.overrides,
        }
        await tx.add(decisions, **row)
        facts = {
            "decision_id": decision.decision_id,
            "round": str(decision.round),
            "hearing": decision.hearing.value,
            "verdict": decision.ruling.verdict.value,
            "because": decision.ruling.reason,
            "policy_version": str(decision.policy_version),
            "row": fingerprints.of_decision(row),
        }
        self._audit.append(tx, decision.case_id, decision.by, Event.DECIDED, **facts)

    async def _keep_strike(self, tx: Transaction, strike: Strike, case: Row[Any]) -> None:
        await tx.add(strikes, **strike.model_dump(), case_id=case.case_id, at=tx.now)
        facts = {"decision_id": strike.decision_id, "weight": str(strike.weight)}
        self._audit.append(tx, case.case_id, _BY, Event.STRIKE_ADDED, **facts)

    async def _withdraw_strike(self, tx: Transaction, decision: str, case: Row[Any]) -> None:
        counting = (strikes.c.decision_id == decision) & strikes.c.withdrawn_at.is_(None)
        ended = await tx.execute(update(strikes).where(counting).values(withdrawn_at=tx.now))
        if ended.rowcount:
            self._audit.append(tx, case.case_id, _BY, Event.STRIKE_WITHDRAWN, decision_id=decision)

    async def _keep_notice(
        self, tx: Transaction, statement: Statement, round_: int, key: CaseKey
    ) -> None:
        within = statement.appeal_within
        await tx.add(
            notices,
            notice_id=statement.notice_id,
            decision_id=statement.decision_id,
            case_id=statement.case_id,
            round=round_,
            kind=statement.kind,
            account_id=statement.account.id,
            jurisdiction=statement.account.jurisdiction,
            sealed_subject=key.seal(statement.subject, NOTICE),
            sealed_body=key.seal(statement.body, NOTICE),
            appeal_within=None if within is None else str(within),
            channels="[]",
            rendered_at=tx.now,
        )
        facts = {"notice_id": statement.notice_id, "kind": statement.kind.value}
        self._audit.append(tx, statement.case_id, _BY, Event.NOTICE_RENDERED, **facts)

    async def _show_decided(self, tx: Transaction, decided: Decided) -> None:
        values: dict[str, Any] = {"queue": None, "deadline": None}
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


def _finding_row(tx: Transaction, case: Row[Any], finding: Finding) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "round": case.round,
        "check_name": finding.check,
        "score": finding.score,
        "labels": json.dumps(finding.labels, sort_keys=True),
        "model": finding.model,
        "failure": finding.failure,
        "at": tx.now,
    }


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


def _asked(review: ReviewRecord, owed: tuple[PlannedAction, ...]) -> Decided:
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
