"""The papers of a case: findings, decisions, strikes and notices, written down."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, literal, select, update

from casework.finding import Finding
from casework.records import Decision, Statement, Strike
from storage import fingerprints
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Transaction
from storage.evidence import CaseKey
from storage.rows import matches_text, measures_text
from storage.tables import decisions, findings, notes, notices, strikes

REASON = "reason"
NOTICE = "notice"
NOTE = "note"
"""What a decision's reason, a notice's texts and a note for colleagues are sealed as."""
_BY = "casework"
_ANSWERED = ("score", "labels", "model", "failure", "matches", "at")


class Papers:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def keep_findings(
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

    async def keep_decision(self, tx: Transaction, decision: Decision, key: CaseKey) -> None:
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
            "confidence": decision.confidence,
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

    async def keep_note(self, tx: Transaction, review: Row[Any], by: str, sealed: bytes) -> None:
        await tx.add(
            notes,
            note_id=f"m-{secrets.token_hex(16)}",
            review_id=review.review_id,
            case_id=review.case_id,
            by=by,
            at=tx.now,
            sealed=sealed,
        )
        self._audit.append(tx, review.case_id, by, Event.NOTED, review_id=review.review_id)

    async def keep_strike(self, tx: Transaction, strike: Strike, case: Row[Any]) -> None:
        row = {
            **strike.model_dump(), "case_id": case.case_id, "at": tx.now, "withdrawn_at": None,
        }  # fmt: skip
        await tx.add(strikes, **row)
        facts = {"decision_id": strike.decision_id, "weight": str(strike.weight)}
        made = fingerprints.of_strike(row)
        self._audit.append(tx, case.case_id, _BY, Event.STRIKE_ADDED, **facts, row=made)

    async def withdraw_strike(self, tx: Transaction, decision: str, case: Row[Any]) -> bool:
        """Whether there was one that counted."""
        counting = (strikes.c.decision_id == decision) & strikes.c.withdrawn_at.is_(None)
        ended = update(strikes).where(counting).values(withdrawn_at=tx.now)
        row = await tx.row(ended.returning(*strikes.c))
        if row is not None:
            facts = {"decision_id": decision, "row": fingerprints.of_strike(dict(row._mapping))}
            self._audit.append(tx, case.case_id, _BY, Event.STRIKE_WITHDRAWN, **facts)
        return row is not None

    async def keep_notice(
        self, tx: Transaction, statement: Statement, round_: int, key: CaseKey
    ) -> None:
        within = statement.appeal_within
        row = {
            "notice_id": statement.notice_id,
            "decision_id": statement.decision_id,
            "case_id": statement.case_id,
            "round": round_,
            "kind": statement.kind.value,
            "account_id": statement.account.id,
            "jurisdiction": statement.account.jurisdiction,
            "sealed_subject": key.seal(statement.subject, NOTICE),
            "sealed_body": key.seal(statement.body, NOTICE),
            "appeal_within": None if within is None else str(within),
            "channels": "[]",
            "rendered_at": tx.now,
            "delivered_at": None,
            "withdrawn_at": None,
        }
        await tx.add(notices, **row)
        self.tell_of_notice(tx, row, Event.NOTICE_RENDERED, kind=statement.kind.value)

    async def withdraw_notices(self, tx: Transaction, which: ColumnElement[bool]) -> int:
        """They are not sent, or no more. How many it was: what was withdrawn before stays so."""
        standing = which & notices.c.withdrawn_at.is_(None)
        withdrawn = update(notices).where(standing).values(withdrawn_at=tx.now)
        rows = await tx.rows(withdrawn.returning(*notices.c))
        for row in rows:
            self.tell_of_notice(tx, dict(row._mapping), Event.NOTICE_WITHDRAWN)
        return len(rows)

    def tell_of_notice(
        self, tx: Transaction, row: Mapping[str, Any], event: Event, **facts: str
    ) -> None:
        """Write down what became of a notice, whose row this is by now."""
        said = {"notice_id": row["notice_id"], **facts, "row": fingerprints.of_notice(row)}
        self._audit.append(tx, row["case_id"], _BY, event, **said)


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
        "matches": matches_text(finding.matches),
    }


async def carry_findings_over(tx: Transaction, case: Row[Any], round_: int) -> None:
    """The same findings for the next question: only the answer is asked for anew."""
    columns = [column for column in findings.c if column.name != "round"]
    found = select(literal(round_), *columns).where(
        findings.c.case_id == case.case_id, findings.c.round == case.round
    )
    names = ["round", *(column.name for column in columns)]
    await tx.execute(insert(findings).from_select(names, found))
