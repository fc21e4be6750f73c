"""Decisions between a reviewer's key and the case's story: followed, and taken back.

A decision handed in at the desk waits there until `deliver_after`. Until then it can be taken back
by whoever handed it in; whoever delivers it says so first, in the same row, so that it is either
taken back or delivered and never both.
"""

import json
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update

from casework.base import Model, Moment, Slug
from casework.errors import Forbidden, NotFound, TooLate
from casework.orders import Answer, Decided
from casework.queueing import queues_of
from casework.records import Person, Submission
from casework.words import HearingKind, Severity, Verdict
from storage import submissions
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN, PENDING
from storage.claiming import lock_review
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import kept
from storage.tables import audit, claims, reviews


class Became(StrEnum):
    """What the story has said about a decision so far."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    FIRST = "first"
    REFUSED = "refused"


class Sent(Model):
    """`deliver_after` is over, or None, once nobody can take it back at the desk any more."""

    submission_id: str
    review_id: str
    case_id: str
    harm: Slug
    queue: Slug
    hearing: HearingKind
    verdict: Verdict
    became: Became
    at: Moment
    deliver_after: Moment | None = None
    decision_id: str | None = None
    why: str | None = None
    """The code it was refused with."""
    goes_up: bool = False
    """It differs from another person's answer, so somebody above decides."""


class Whereabouts(Model):
    """Where a review is that somebody held, as far as that concerns them."""

    queue: Slug
    in_scope: bool
    is_open: bool
    expired_at: Moment | None
    """When their claim ran out or ended, None while it lives."""
    ended: str | None
    is_with_another: bool
    handed_in: Sent | None


class InHand(Model):
    """A review that somebody holds and has not decided."""

    review_id: str
    queue: Slug
    harm: Slug
    severity: Severity
    due_at: Moment
    expires_at: Moment


class OnTheWay:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)

    async def standing(self, submission_id: str, person: Person) -> Sent:
        """What became of it. Raises NotFound: none, not theirs, or taken back."""
        mine = (claims.c.submission_id == submission_id) & (claims.c.person == person.id)

        async def work(tx: Transaction) -> Sent:
            row = await tx.row(_handed_in(mine))
            if row is None:
                raise NotFound("no such decision was handed in by you")
            return await _standing(tx, row)

        return await self._database.read(work)

    async def take_back(self, submission_id: str, person: Person, lease: timedelta) -> Submission:
        """What was handed in; its claim lives again, for a whole lease and under a new etag.

        Raises:
            NotFound: none, not theirs, or taken back before.
            TooLate: it is on its way, or answered.
            Forbidden: the review is not theirs to decide any more.
        """

        async def work(tx: Transaction) -> Submission:
            before = await submissions.known(tx, self._vault, submission_id)
            if before is None or before.by.id != person.id:
                raise NotFound("no such decision was handed in by you")
            review = await lock_review(tx, before.review_id)
            assert review is not None  # what a claim is on
            if not _in_scope(person, review):
                raise Forbidden("this review is not in your scope any more")
            until = tx.now + lease
            if await tx.row(_forget(tx, submission_id, until)) is None:
                raise TooLate("it is on its way; it cannot be taken back at the desk any more")
            mine = reviews.c.review_id == before.review_id
            await tx.execute(update(reviews).where(mine).values(held_until=until))
            facts = {"review_id": before.review_id, "submission_id": submission_id}
            self._audit.append(tx, before.case_id, person.id, Event.SUBMISSION_WITHDRAWN, **facts)
            return before

        return await self._database.write(work)

    async def held_by(self, person: Person) -> tuple[InHand, ...]:
        """What they hold and have not decided, the first to run out first."""
        mine = (claims.c.person == person.id) & claims.c.ended_at.is_(None)

        async def work(tx: Transaction) -> tuple[InHand, ...]:
            live = claims.c.submission_id.is_(None) & (claims.c.expires_at > tx.now)
            rows = await tx.rows(_held(mine & live).order_by(claims.c.expires_at))
            return tuple(InHand.model_validate(dict(row._mapping)) for row in rows)

        return await self._database.read(work)

    async def let_go(self, submission_id: str) -> bool:
        """Whether it may be delivered now; from then on nobody takes it back at the desk."""
        due = (claims.c.submission_id == submission_id) & (claims.c.submission_state == PENDING)

        async def work(tx: Transaction) -> bool:
            over = or_(claims.c.deliver_after.is_(None), claims.c.deliver_after <= tx.now)
            gone = update(claims).where(due, over).values(deliver_after=None)
            return await tx.row(gone.returning(claims.c.claim_id)) is not None

        return await self._database.write(work)

    async def whereabouts(self, review_id: str, person: Person) -> Whereabouts:
        """Raises NotFound for a review this person never held."""
        mine = (claims.c.review_id == review_id) & (claims.c.person == person.id)

        async def work(tx: Transaction) -> Whereabouts:
            row = await tx.row(_handed_in(mine).order_by(claims.c.at.desc()).limit(1))
            if row is None:
                raise NotFound("no such review")
            is_free = or_(reviews.c.held_until.is_(None), reviews.c.held_until <= tx.now)
            free = select(reviews.c.review_id).where(reviews.c.review_id == review_id, is_free)
            is_over = row.ended_at is not None or (
                row.submission_state != PENDING and row.expires_at <= tx.now
            )
            return Whereabouts(
                queue=row.queue,
                in_scope=_in_scope(person, row),
                is_open=row.state == OPEN,
                expired_at=(row.ended_at or row.expires_at) if is_over else None,
                ended=row.ended,
                is_with_another=is_over and row.state == OPEN and await tx.row(free) is None,
                handed_in=await _standing(tx, row) if row.submission_id else None,
            )

        return await self._database.read(work)


def _handed_in(condition: ColumnElement[bool]) -> Select[Any]:
    about = (reviews.c.case_id, reviews.c.harm, reviews.c.hearing, reviews.c.decided)
    return (
        select(*claims.c, *about, reviews.c.state, reviews.c.desk)
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(condition)
    )


def _held(condition: ColumnElement[bool]) -> Select[Any]:
    of_the_review = (reviews.c.harm, reviews.c.severity, reviews.c.due_at)
    return (
        select(claims.c.review_id, claims.c.queue, claims.c.expires_at, *of_the_review)
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(condition)
    )


async def _standing(tx: Transaction, row: Row[Any]) -> Sent:
    became = Became(row.submission_state)
    decided = None
    if became is Became.ACCEPTED and row.decided is not None:
        decided = Decided.model_validate_json(row.decided).decision_id
    return Sent(
        submission_id=row.submission_id,
        review_id=row.review_id,
        case_id=row.case_id,
        harm=row.harm,
        queue=row.queue,
        hearing=HearingKind(row.hearing),
        verdict=Verdict(row.verdict),
        became=became,
        at=row.submitted_at,
        deliver_after=row.deliver_after,
        decision_id=decided,
        why=await _why(tx, row) if became is Became.REFUSED else None,
        goes_up=became is Became.FIRST and await _goes_up(tx, row),
    )


async def _goes_up(tx: Transaction, row: Row[Any]) -> bool:
    kept_as = await kept(tx, row.case_id, f"first/{row.submission_id}")
    return kept_as is not None and Answer.model_validate_json(kept_as).goes_up


async def _why(tx: Transaction, row: Row[Any]) -> str | None:
    """The code it was refused with; None where the review was closed without its story."""
    told = (audit.c.case_id == row.case_id) & (audit.c.event == Event.SUBMISSION_REFUSED.value)
    for line in await tx.rows(select(audit.c.facts).where(told).order_by(audit.c.seq.desc())):
        facts = json.loads(line.facts)
        if facts.get("submission_id") == row.submission_id:
            return str(facts["why"])
    return None


def _forget(tx: Transaction, submission_id: str, until: datetime) -> Any:
    return (
        update(claims)
        .where(
            claims.c.submission_id == submission_id,
            claims.c.submission_state == PENDING,
            claims.c.deliver_after > tx.now,
            claims.c.ended_at.is_(None),
        )
        .values(
            etag=secrets.token_hex(16),
            expires_at=until,
            submission_id=None,
            submission_state=None,
            submitted_at=None,
            by_person=None,
            verdict=None,
            measures=None,
            sealed_reason=None,
            confidence=None,
            grounds=None,
            wants_second=False,
            deliver_after=None,
        )
        .returning(claims.c.claim_id)
    )


def _in_scope(person: Person, review: Row[Any]) -> bool:
    queues = queues_of(review.desk, review.hearing)
    return any(person.may_work_on(harm=review.harm, queue=queue) for queue in queues)
