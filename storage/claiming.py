"""Who holds which review: one person at a time, for a while, the most urgent first."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true, update

from casework.base import Model, Moment, Slug
from casework.errors import Conflict, NotFound, StaleClaim
from casework.records import Person
from casework.words import HearingKind, Severity
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN, PENDING, Bench
from storage.engine import Transaction
from storage.tables import cases, claims, exclusions, reviews

APPEALS = "appeals"
"""The queue of every review that hears an appeal, at whatever desk it lies."""

_RELEASED = "released"
_COLUMNS = (
    *claims.c, reviews.c.case_id, reviews.c.round, reviews.c.hearing, reviews.c.harm,
    reviews.c.severity, reviews.c.desk, reviews.c.why, reviews.c.due_at,
)  # fmt: skip


class ClaimedReview(Model):
    """A review in one person's hands until `expires_at`; `etag` proves it."""

    claim_id: str
    review_id: str
    case_id: str
    round: int
    hearing: HearingKind
    harm: Slug
    severity: Severity
    desk: Slug
    queue: Slug
    why: str
    due_at: Moment
    etag: str
    expires_at: Moment


class Claiming:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._bench = Bench(audit)

    async def claim(
        self, tx: Transaction, queue: str, person: Person, lease: timedelta
    ) -> ClaimedReview | None:
        mine = await tx.row(
            _claims(_live(tx), claims.c.person == person.id, claims.c.queue == queue)
            .where(claims.c.submission_id.is_(None))
            .limit(1)
        )
        if mine is not None:
            return _claimed(mine)
        found = await tx.row(_most_urgent(tx, queue, person))
        if found is None:
            return None
        return await self._take(tx, found, queue, person, lease)

    async def held(self, tx: Transaction, review_id: str, person: Person) -> ClaimedReview | None:
        row = await tx.row(
            _claims(_live(tx), claims.c.review_id == review_id, claims.c.person == person.id)
        )
        return None if row is None else _claimed(row)

    async def extend(
        self, tx: Transaction, review_id: str, person: Person, etag: str, lease: timedelta
    ) -> ClaimedReview:
        claim = await self.shown(tx, review_id, person, etag)
        until = tx.now + lease
        mine = claims.c.claim_id == claim.claim_id
        await tx.execute(update(claims).where(mine).values(expires_at=until))
        if claim.submission_id is None:
            await self._hold(tx, review_id, until)
        facts = {"review_id": review_id, "claim_id": claim.claim_id}
        self._audit.append(tx, claim.case_id, person.id, Event.EXTENDED, **facts)
        return _claimed(claim).model_copy(update={"expires_at": until})

    async def release(self, tx: Transaction, review_id: str, person: Person, etag: str) -> None:
        before = await tx.row(
            _claims(
                claims.c.review_id == review_id,
                claims.c.person == person.id,
                claims.c.etag == etag,
                claims.c.ended == _RELEASED,
            )
        )
        if before is not None:
            return
        claim = await self.shown(tx, review_id, person, etag)
        if claim.submission_id is not None:
            raise Conflict("a decision was handed in under this claim")
        await self._bench.put_back(tx, review_id, _RELEASED)
        facts = {"review_id": review_id, "claim_id": claim.claim_id}
        self._audit.append(tx, claim.case_id, person.id, Event.RELEASED, **facts)

    async def shown(self, tx: Transaction, review_id: str, person: Person, etag: str) -> Row[Any]:
        """The live claim that this etag proves; its review is locked.

        Raises:
            StaleClaim: there is none, or no longer. Unknown reviews look the same.
        """
        await lock_review(tx, review_id)
        claim = await tx.row(
            _claims(
                _live(tx),
                claims.c.review_id == review_id,
                claims.c.person == person.id,
                claims.c.etag == etag,
            )
        )
        if claim is None:
            raise StaleClaim("this claim does not hold the review, or no longer")
        return claim

    async def _take(
        self, tx: Transaction, found: Row[Any], queue: str, person: Person, lease: timedelta
    ) -> ClaimedReview:
        expired = (claims.c.review_id == found.review_id) & claims.c.ended_at.is_(None)
        await tx.execute(
            update(claims).where(expired).values(ended_at=claims.c.expires_at, ended="expired")
        )
        row = {
            "claim_id": f"c-{secrets.token_hex(16)}",
            "review_id": found.review_id,
            "queue": queue,
            "person": person.id,
            "etag": secrets.token_hex(16),
            "at": tx.now,
            "expires_at": tx.now + lease,
        }
        await tx.add(claims, **row)
        await self._hold(tx, found.review_id, tx.now + lease)
        facts = {"review_id": found.review_id, "claim_id": row["claim_id"], "queue": queue}
        self._audit.append(tx, found.case_id, person.id, Event.CLAIMED, **facts)
        taken = await tx.row(_claims(claims.c.claim_id == row["claim_id"]))
        assert taken is not None
        return _claimed(taken)

    async def _hold(self, tx: Transaction, review_id: str, until: Any) -> None:
        mine = reviews.c.review_id == review_id
        await tx.execute(update(reviews).where(mine).values(held_until=until))


async def lock_review(tx: Transaction, review_id: str) -> Row[Any] | None:
    return await tx.row(
        select(reviews).where(reviews.c.review_id == review_id).with_for_update(key_share=True)
    )


async def excluded_from(tx: Transaction, review_id: str) -> tuple[str, ...]:
    rows = await tx.rows(
        select(exclusions.c.person)
        .where(exclusions.c.review_id == review_id)
        .order_by(exclusions.c.person)
    )
    return tuple(row.person for row in rows)


def found(review: Row[Any] | None) -> Row[Any]:
    """Raises NotFound."""
    if review is None:
        raise NotFound("no such review")
    return review


def _live(tx: Transaction) -> ColumnElement[bool]:
    """Not ended; and not run out, unless a decision handed in under it waits for its answer."""
    return and_(
        claims.c.ended_at.is_(None),
        or_(claims.c.expires_at > tx.now, claims.c.submission_state == PENDING),
    )


def _claims(*conditions: ColumnElement[bool]) -> Select[Any]:
    joined = select(*_COLUMNS).join(reviews, reviews.c.review_id == claims.c.review_id)
    return joined.where(*conditions)


def _claimed(row: Row[Any]) -> ClaimedReview:
    return ClaimedReview(**{name: row._mapping[name] for name in ClaimedReview.model_fields})


def _most_urgent(tx: Transaction, queue: str, person: Person) -> Select[Any]:
    """The next review for this person. Two asking at once never get the same one.

    Whether it is free is said in the review's own row, so that PostgreSQL looks again at what
    was just taken by somebody else.
    """
    not_theirs = select(exclusions.c.person).where(
        exclusions.c.review_id == reviews.c.review_id, exclusions.c.person == person.id
    )
    return (
        select(reviews.c.review_id, reviews.c.case_id)
        .join(cases, cases.c.case_id == reviews.c.case_id)
        .where(reviews.c.state == OPEN)
        .where(or_(reviews.c.held_until.is_(None), reviews.c.held_until <= tx.now))
        .where(_in_queue(queue, person), _in_scope(person), ~not_theirs.exists())
        .order_by(
            reviews.c.severity_rank,
            reviews.c.due_at,
            cases.c.detections.desc(),
            reviews.c.opened_at,
            reviews.c.review_id,
        )
        .limit(1)
        .with_for_update(of=reviews, skip_locked=True, key_share=True)
    )


def _in_queue(queue: str, person: Person) -> ColumnElement[bool]:
    if queue != APPEALS:
        here = {"*", queue} & person.queues
        return reviews.c.desk == (queue if here else None)
    appeals = reviews.c.hearing == HearingKind.APPEAL.value
    if {"*", APPEALS} & person.queues:
        return appeals
    return appeals & reviews.c.desk.in_(person.queues)


def _in_scope(person: Person) -> ColumnElement[bool]:
    return true() if "*" in person.harms else reviews.c.harm.in_(person.harms)
