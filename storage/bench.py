"""Reviews opened and closed, and the claims and submissions that end with them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select, update

from casework.moves import Laid
from casework.orders import Decided
from casework.records import ReviewRecord
from casework.words import HearingKind, Severity, Stage, SubmissionState, Verdict
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Transaction
from storage.tables import cases, claims, exclusions, reviews
from storage.weighing import weight_of

OPEN = "open"
CLOSED = "closed"
PENDING = SubmissionState.PENDING.value
FIRST_OF_TWO = SubmissionState.FIRST.value
ACCEPTED = SubmissionState.ACCEPTED.value
REFUSED = SubmissionState.REFUSED.value

UNTIL_ANSWERED = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when a review is held once a decision on it is handed in."""
FOR_ANYBODY = {"wakes_at": None, "offered_to": None, "offered_until": None}
"""Neither put aside nor kept for somebody."""
_BY = "casework"


class Bench:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def open(self, tx: Transaction, review: ReviewRecord) -> bool:
        """Put it before its desk, once; whether it was new."""
        is_new = await tx.add_computed(
            reviews,
            **weight_of(review),
            review_id=review.review_id,
            case_id=review.case_id,
            round=review.round,
            hearing=review.hearing,
            harm=review.harm,
            severity=review.severity,
            severity_rank=review.severity.rank,
            desk=review.desk,
            due_at=review.due_at,
            why=review.why,
            skill=review.skill,
            state=OPEN,
            opened_at=tx.now,
        )
        if not is_new:
            return False
        for person in review.excluded:
            await self.exclude(tx, review.review_id, person)
        facts = {"review_id": review.review_id, "desk": review.desk}
        self._audit.append(
            tx, review.case_id, _BY, Event.REVIEW_OPENED, **facts, hearing=review.hearing.value
        )
        if review.hearing is HearingKind.FIRST:
            await self._show_waiting(tx, review)
        return True

    async def serve_last(self, tx: Transaction, review_id: str) -> None:
        """Nobody waits for a second look: it is served with what is of low severity."""
        mine = reviews.c.review_id == review_id
        await tx.execute(update(reviews).where(mine).values(severity_rank=Severity.LOW.rank))

    async def exclude(self, tx: Transaction, review_id: str, person: str) -> None:
        await tx.add_if_absent(exclusions, review_id=review_id, person=person)

    async def close(self, tx: Transaction, review_id: str, by: str, decided: Decided) -> None:
        """Nobody decides it any more. What `by` handed in is accepted, all else refused."""
        await self._close(tx, review_id, by, decided.model_dump_json())

    async def close_unruled(self, tx: Transaction, review_id: str, by: str) -> None:
        """As `close`, for a question whose answer decides nothing."""
        await self._close(tx, review_id, by, None)

    async def _close(self, tx: Transaction, review_id: str, by: str, decided: str | None) -> None:
        closed = {"state": CLOSED, "closed_at": tx.now, "held_until": None, "decided": decided}
        await tx.execute(update(reviews).where(reviews.c.review_id == review_id).values(**closed))
        handed_in = (claims.c.review_id == review_id) & (claims.c.submission_state == PENDING)
        await tx.execute(
            update(claims).where(handed_in, claims.c.person == by).values(submission_state=ACCEPTED)
        )
        await tx.execute(update(claims).where(handed_in).values(submission_state=REFUSED))
        await self.end_claims(tx, review_id, "decided")

    async def end_claims(self, tx: Transaction, review_id: str, why: str) -> None:
        """End the live claim, unless a decision handed in under it still waits for its answer."""
        live = (
            (claims.c.review_id == review_id)
            & claims.c.ended_at.is_(None)
            & claims.c.submission_state.is_distinct_from(PENDING)
        )
        await tx.execute(update(claims).where(live).values(ended_at=tx.now, ended=why))

    async def put_back(self, tx: Transaction, review_id: str, why: str) -> None:
        """Let somebody else claim it, at once and whoever it was kept for."""
        await self.end_claims(tx, review_id, why)
        mine = reviews.c.review_id == review_id
        held = select(claims.c.claim_id).where(
            claims.c.review_id == review_id, claims.c.ended_at.is_(None)
        )
        if await tx.row(held) is None:
            await tx.execute(update(reviews).where(mine).values(held_until=None, **FOR_ANYBODY))

    async def lay_before(self, tx: Transaction, review: Row[Any], laid: Laid) -> None:
        """Another desk has it until then, or the same one anew."""
        mine = reviews.c.review_id == review.review_id
        there = {**laid.model_dump(), **FOR_ANYBODY}
        await tx.execute(update(reviews).where(mine).values(**there))
        if review.hearing == HearingKind.FIRST:
            this = cases.c.case_id == review.case_id
            until = {"queue": laid.desk, "deadline": laid.due_at}
            await tx.execute(update(cases).where(this).values(**until))
        facts = {"review_id": review.review_id, "from": review.desk, "to": laid.desk}
        self._audit.append(tx, review.case_id, _BY, Event.HANDED_OVER, **facts)

    async def _show_waiting(self, tx: Transaction, review: ReviewRecord) -> None:
        await tx.execute(
            update(cases)
            .where(cases.c.case_id == review.case_id)
            .values(
                stage=Stage.REVIEW,
                queue=review.desk,
                deadline=review.due_at,
                ruled_as=Verdict.REVIEW,
                ruled_at=tx.now,
            )
        )
