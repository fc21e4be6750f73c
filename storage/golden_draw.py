"""Golden cases, served now and then in place of what would have been served."""

import secrets
from typing import Any

from sqlalchemy import Row, Select, or_, select

from casework.care import CareRules
from casework.golden import NOT_MORE_OFTEN_THAN
from casework.identity import golden_review_id
from casework.records import Person, ReviewRecord
from casework.words import HearingKind, RereviewKind, Severity
from storage.audit import Audit
from storage.bench import Bench
from storage.engine import Transaction
from storage.parts import who_had_a_part
from storage.tables import (
    case_keys,
    cases,
    claims,
    decisions,
    golden,
    notes,
    relations,
    rereviews,
    reviews,
)

_FINE = 1_000_000


class GoldenDraw:
    """Chooses, inside a claim, whether a golden case is served in place of another review."""

    def __init__(self, audit: Audit) -> None:
        self._bench = Bench(audit)

    async def instead_of(
        self, tx: Transaction, next_one: Row[Any], person: Person, care: CareRules
    ) -> Row[Any]:
        """A golden case of the same desk that this person does not know; else what was next.

        Never before a critical case, an appeal or what was kept for them, and not twice within
        the hour.
        """
        if secrets.randbelow(_FINE) >= care.golden * _FINE or not _may_wait(next_one, person):
            return next_one
        if await tx.row(_lately(tx, person)) is not None:
            return next_one
        chosen = await tx.row(_unknown_to(person, next_one).limit(1))
        return next_one if chosen is None else await self._open(tx, chosen, next_one, person)

    async def _open(
        self, tx: Transaction, chosen: Row[Any], next_one: Row[Any], person: Person
    ) -> Row[Any]:
        review = golden_review_id(chosen.golden_id, person.id)
        asked = ReviewRecord(
            review_id=review,
            case_id=chosen.case_id,
            round=chosen.round,
            hearing=HearingKind.QUALITY,
            harm=chosen.harm,
            severity=Severity(chosen.severity),
            desk=chosen.desk,
            due_at=next_one.due_at,
            why=chosen.why or next_one.why,
            excluded=(*await who_had_a_part(tx, chosen.case_id), chosen.by),
        )
        await self._bench.open(tx, asked)
        await self._bench.serve_last(tx, review)
        await tx.add(
            rereviews,
            review_id=review,
            case_id=chosen.case_id,
            kind=RereviewKind.GOLDEN,
            golden_id=chosen.golden_id,
            policy=chosen.policy,
            policy_version=chosen.policy_version,
            at=tx.now,
        )
        opened = await tx.row(select(reviews).where(reviews.c.review_id == review))
        assert opened is not None
        return opened


def _may_wait(next_one: Row[Any], person: Person) -> bool:
    return bool(
        next_one.hearing == HearingKind.FIRST.value
        and next_one.severity != Severity.CRITICAL.value
        and next_one.offered_to != person.id
    )


def _lately(tx: Transaction, person: Person) -> Select[Any]:
    return (
        select(claims.c.claim_id)
        .join(rereviews, rereviews.c.review_id == claims.c.review_id)
        .where(claims.c.person == person.id, claims.c.at > tx.now - NOT_MORE_OFTEN_THAN)
        .where(rereviews.c.kind == RereviewKind.GOLDEN.value)
        .limit(1)
    )


def _unknown_to(person: Person, next_one: Row[Any]) -> Select[Any]:
    """Golden cases of that desk, harm, severity and language that they had no part in: what may be
    served to them of the one, may be of the other."""
    mine = reviews.c.case_id == golden.c.case_id
    held = (
        select(claims.c.claim_id)
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(mine, claims.c.person == person.id)
    )
    wrote = (
        select(notes.c.note_id)
        .join(reviews, reviews.c.review_id == notes.c.review_id)
        .where(mine, notes.c.by == person.id)
    )
    decided = select(decisions.c.decision_id).where(
        decisions.c.case_id == golden.c.case_id, decisions.c.by == person.id
    )
    tied = select(relations.c.account_id).where(relations.c.person == person.id)
    first = reviews.alias("first")
    return (
        select(golden, first.c.why)
        .join(cases, cases.c.case_id == golden.c.case_id)
        .join(case_keys, case_keys.c.case_id == golden.c.case_id)
        .outerjoin(
            first,
            (first.c.case_id == golden.c.case_id)
            & (first.c.round == golden.c.round)
            & (first.c.hearing == HearingKind.FIRST.value),
        )
        .where(golden.c.retired_at.is_(None), case_keys.c.wrapped.is_not(None))
        .where(golden.c.desk == next_one.desk, golden.c.harm == next_one.harm)
        .where(golden.c.severity == next_one.severity, cases.c.account_id.not_in(tied))
        .where(or_(cases.c.language.is_(None), cases.c.language == next_one.language))
        .where(golden.c.by != person.id, cases.c.round == golden.c.round)
        .where(~held.exists(), ~wrote.exists(), ~decided.exists())
        .order_by(golden.c.at, golden.c.golden_id)
    )
