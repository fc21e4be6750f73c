"""Who holds which review: one person at a time, for a while, the most urgent first."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, update

from casework.base import Model, Moment, Slug
from casework.care import NO_LIMITS, CareRules
from casework.errors import Conflict, NotFound, StaleClaim
from casework.queueing import Chosen, QueueRules, Reason, is_a_turn, served_by_turn, why_now
from casework.records import Person
from casework.words import HearingKind, Severity
from storage.at_work import at_work, counted_alone
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import FOR_ANYBODY, PENDING, Bench
from storage.engine import Transaction
from storage.golden_draw import GoldenDraw
from storage.next_review import next_review
from storage.profiles import profile_of
from storage.routing import fits
from storage.rows import waiting_of
from storage.serving import waiting_for
from storage.tables import claims, exclusions, reviews

_RELEASED = "released"
_COLUMNS = (
    *claims.c, reviews.c.case_id, reviews.c.round, reviews.c.hearing, reviews.c.harm,
    reviews.c.severity, reviews.c.desk, reviews.c.why, reviews.c.due_at,
    reviews.c.trusted, reviews.c.reach, reviews.c.reporters, reviews.c.opened_at,
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
    why_now: tuple[Reason, ...]
    """Why it was this one, when it was claimed."""


class Terms(Model):
    """For how long a claim holds, and what the office set about its queues."""

    lease: timedelta
    rules: QueueRules = QueueRules()
    care: CareRules = NO_LIMITS
    also: tuple[Event, ...] = ()
    """What is written down of the review in the same commit, besides that it was claimed."""


@dataclass(frozen=True)
class _Taking:
    queue: str
    person: Person
    terms: Terms
    chosen: Chosen | None


class Claiming:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._bench = Bench(audit)
        self._golden = GoldenDraw(audit)

    async def claim(
        self, tx: Transaction, queue: str, person: Person, terms: Terms
    ) -> ClaimedReview | None:
        mine = await tx.row(
            _claims(_live(tx), claims.c.person == person.id, claims.c.queue == queue)
            .where(claims.c.submission_id.is_(None))
            .limit(1)
        )
        if mine is not None:
            self._write_down(tx, mine, person, terms.also)
            return _claimed(mine)
        await counted_alone(tx, person.id)
        now, rules = tx.now, terms.rules
        profile = await profile_of(tx, person.id)
        work = await at_work(tx, profile, terms.care)
        work.demand_rest(now)
        turn = rules if is_a_turn(work.claims_today(queue, now), rules) else None
        fitting = (*work.conditions(), *await fits(tx, profile))
        waiting = waiting_for(person, queue, now).where(*fitting)
        found = await next_review(tx, waiting, person, turn)
        if found is None:
            return None
        found = await self._golden.instead_of(tx, found, person, terms.care)
        chosen = _chosen(found, person, now, turn)
        return await self._take(tx, found, _Taking(queue, person, terms, chosen))

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
        return await self.proven(tx, review_id, person, etag)

    async def proven(self, tx: Transaction, review_id: str, person: Person, etag: str) -> Row[Any]:
        """As `shown`, for whoever has locked the review."""
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

    async def _take(self, tx: Transaction, found: Row[Any], taking: "_Taking") -> ClaimedReview:
        until = tx.now + taking.terms.lease
        if found.held_until is not None:
            await _expire(tx, found.review_id)
        row = {
            "claim_id": f"c-{secrets.token_hex(16)}",
            "review_id": found.review_id,
            "queue": taking.queue,
            "person": taking.person.id,
            "etag": secrets.token_hex(16),
            "at": tx.now,
            "expires_at": until,
            "chosen": taking.chosen,
        }
        await tx.add(claims, **row)
        await self._hold(tx, found.review_id, until)
        facts = {"review_id": found.review_id, "claim_id": row["claim_id"], "queue": taking.queue}
        if taking.chosen is not None:
            facts["chosen"] = taking.chosen.value
        self._audit.append(tx, found.case_id, taking.person.id, Event.CLAIMED, **facts)
        self._write_down(tx, found, taking.person, taking.terms.also)
        told = found._asdict() | row
        return _told(told, why_now(waiting_of(found), tx.now, taking.chosen))

    def _write_down(
        self, tx: Transaction, review: Row[Any], person: Person, events: tuple[Event, ...]
    ) -> None:
        for event in events:
            self._audit.append(tx, review.case_id, person.id, event, review_id=review.review_id)

    async def _hold(self, tx: Transaction, review_id: str, until: Any) -> None:
        mine = reviews.c.review_id == review_id
        await tx.execute(update(reviews).where(mine).values(held_until=until, **FOR_ANYBODY))


async def _expire(tx: Transaction, review_id: str) -> None:
    """The claim that nobody ended while it ran out."""
    left = (claims.c.review_id == review_id) & claims.c.ended_at.is_(None)
    ended = {"ended_at": claims.c.expires_at, "ended": "expired"}
    await tx.execute(update(claims).where(left).values(ended))


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
    chosen = None if row.chosen is None else Chosen(row.chosen)
    return _told(row._asdict(), why_now(waiting_of(row), row.at, chosen))


def _told(columns: dict[str, Any], why: tuple[Reason, ...]) -> ClaimedReview:
    names = ClaimedReview.model_fields.keys() - {"why_now"}
    return ClaimedReview(why_now=why, **{name: columns[name] for name in names})


def _chosen(
    found: Row[Any], person: Person, now: datetime, turn: QueueRules | None
) -> Chosen | None:
    """What put it first, other than its own weight; `turn` where the oldest was asked for."""
    if found.offered_to == person.id and found.offered_until > now:
        return Chosen.OFFERED
    if turn is not None and served_by_turn(waiting_of(found), now, turn):
        return Chosen.TURN
    return None
