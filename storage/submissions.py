"""Decisions handed in under a claim, read back with the rights their author has now."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update

from casework.errors import Gone
from casework.records import Person, Submission
from casework.words import SubmissionState, Verdict
from storage.bench import FIRST_OF_TWO, PENDING
from storage.engine import Transaction
from storage.evidence import Vault
from storage.routing import has_conflict
from storage.rows import measures_of, person_of
from storage.tables import claims, reviewers, reviews

WORDS = "submission"
"""What the reason of a submission is sealed as."""

_COLUMNS = (*claims.c, reviews.c.case_id)


async def known(tx: Transaction, vault: Vault, submission_id: str) -> Submission | None:
    row = await tx.row(_which(claims.c.submission_id == submission_id))
    if row is None:
        return None
    submission = await submission_of(tx, vault, row)
    tied = await has_conflict(tx, row.review_id, row.person)
    return submission.model_copy(update={"has_conflict": tied})


async def firsts(tx: Transaction, vault: Vault, review_id: str) -> tuple[Submission, ...]:
    """Those kept as one of two people's, oldest first."""
    kept = (claims.c.review_id == review_id) & (claims.c.submission_state == FIRST_OF_TWO)
    rows = await tx.rows(_which(kept).order_by(claims.c.submitted_at))
    return tuple([await submission_of(tx, vault, row) for row in rows])


async def waiting(
    tx: Transaction, vault: Vault, older_than: timedelta, limit: int
) -> list[Submission]:
    """Those with no answer yet that nobody can take back any more, oldest first."""
    then = tx.now - older_than
    pending = (
        (claims.c.submission_state == PENDING)
        & (claims.c.submitted_at <= then)
        & or_(claims.c.deliver_after.is_(None), claims.c.deliver_after <= then)
    )
    rows = await tx.rows(_which(pending).order_by(claims.c.submitted_at).limit(limit))
    return [await submission_of(tx, vault, row) for row in rows]


async def wait_no_longer(tx: Transaction, submission_id: str) -> None:
    mine = (claims.c.submission_id == submission_id) & (claims.c.submission_state == PENDING)
    await tx.execute(update(claims).where(mine).values(deliver_after=None))


async def submission_of(tx: Transaction, vault: Vault, row: Row[Any]) -> Submission:
    return Submission(
        submission_id=row.submission_id,
        review_id=row.review_id,
        case_id=row.case_id,
        by=await _as_of_now(tx, row),
        queue=row.queue,
        verdict=Verdict(row.verdict),
        measures=measures_of(row.measures),
        reason=await _reason(tx, vault, row),
        confidence=row.confidence,
        grounds=row.grounds,
        wants_second=row.wants_second,
        state=_state_of(row),
        at=row.submitted_at,
    )


def _state_of(row: Row[Any]) -> SubmissionState:
    known = row.submission_state in set(SubmissionState)
    return SubmissionState(row.submission_state) if known else SubmissionState.REFUSED


async def _as_of_now(tx: Transaction, row: Row[Any]) -> Person:
    """Rights withdrawn since then do not count any more. Who is not on our list kept theirs."""
    then = Person.model_validate_json(row.by_person)
    now = await tx.row(select(reviewers).where(reviewers.c.reviewer_id == row.person))
    if now is None:
        return then
    if not now.active:
        return then.model_copy(update={"harms": frozenset(), "queues": frozenset()})
    return person_of(now)


async def _reason(tx: Transaction, vault: Vault, row: Row[Any]) -> str:
    if row.sealed_reason is None:
        return ""
    try:
        return (await vault.key_of(tx, row.case_id)).open(row.sealed_reason, WORDS)
    except Gone:
        return ""


def _which(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_COLUMNS).join(reviews, reviews.c.review_id == claims.c.review_id).where(condition)
    )
