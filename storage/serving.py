"""The next review of a queue: what is free for whom, and in which order it is served.

The order is that of `casework.queueing`, said in SQL: a test compares the two.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal_column, or_, select, true

from casework.queueing import DUE_WITHIN, REPORTED_BY, SEEN_BY, QueueRules
from casework.records import Person
from casework.words import HearingKind, Severity
from storage.tables import exclusions, reviews, skips

APPEALS = "appeals"
"""The queue of every review that hears an appeal, at whatever desk it lies."""

IS_OPEN: ColumnElement[bool] = reviews.c.state == literal_column("'open'")
"""Said as the index on the waiting ones has it."""
_IS_CRITICAL = reviews.c.severity_rank == Severity.CRITICAL.rank


def waiting_for(person: Person, queue: str, now: datetime) -> Select[Any]:
    """Whatever this person may be served from this queue, but for what their profile says."""
    return select(reviews).where(
        IS_OPEN,
        is_unclaimed(now),
        is_awake(now),
        or_(_is_offered_to_nobody(now), reviews.c.offered_to == person.id),
        _in_queue(queue, person),
        in_scope(person),
        not_excluded(person.id),
        ~_skipped(person.id, now),
    )


def is_unclaimed(now: datetime) -> ColumnElement[bool]:
    return or_(reviews.c.held_until.is_(None), reviews.c.held_until <= now)


def is_awake(now: datetime) -> ColumnElement[bool]:
    return or_(reviews.c.wakes_at.is_(None), reviews.c.wakes_at <= now)


def not_excluded(person: str) -> ColumnElement[bool]:
    barred = select(exclusions.c.person).where(
        exclusions.c.review_id == reviews.c.review_id, exclusions.c.person == person
    )
    return ~barred.exists()


def in_scope(person: Person) -> ColumnElement[bool]:
    return true() if "*" in person.harms else reviews.c.harm.in_(sorted(person.harms))


def by_weight(person: str, now: datetime) -> tuple[ColumnElement[Any], ...]:
    """The order of `casework.queueing.place`, after what is kept for this person."""
    return (
        _offered_first(person, now),
        reviews.c.severity_rank,
        case((reviews.c.trusted, 0), else_=1),
        _bands([reviews.c.due_at <= now + within for within in DUE_WITHIN]),
        _bands([reviews.c.reach >= seen for seen in SEEN_BY]),
        _bands([reviews.c.reporters >= people for people in REPORTED_BY]),
        reviews.c.due_at,
        reviews.c.opened_at,
        reviews.c.review_id,
    )


def by_turn(person: str, now: datetime, rules: QueueRules) -> tuple[ColumnElement[Any], ...]:
    """The order of `casework.queueing.place_at_a_turn`."""
    is_old = and_(~_IS_CRITICAL, reviews.c.opened_at <= now - rules.oldest_after)
    offered_first, *weight = by_weight(person, now)
    return (
        offered_first,
        case((_IS_CRITICAL, 0), (is_old, 1), else_=2),
        case((is_old, reviews.c.opened_at)),
        *weight,
    )


def _offered_first(person: str, now: datetime) -> ColumnElement[int]:
    mine = and_(reviews.c.offered_to == person, reviews.c.offered_until > now)
    return case((mine, 0), else_=1)


def _is_offered_to_nobody(now: datetime) -> ColumnElement[bool]:
    return or_(reviews.c.offered_until.is_(None), reviews.c.offered_until <= now)


def _skipped(person: str, now: datetime) -> ColumnElement[bool]:
    mine = select(skips.c.person).where(
        skips.c.review_id == reviews.c.review_id, skips.c.person == person, skips.c.until > now
    )
    return mine.exists()


def _in_queue(queue: str, person: Person) -> ColumnElement[bool]:
    if queue != APPEALS:
        here = {"*", queue} & person.queues
        return reviews.c.desk == (queue if here else None)
    appeals = reviews.c.hearing == HearingKind.APPEAL.value
    if {"*", APPEALS} & person.queues:
        return appeals
    return appeals & reviews.c.desk.in_(sorted(person.queues))


def _bands(ends: list[ColumnElement[bool]]) -> ColumnElement[int]:
    """The first end that holds, counted from 0; one more where none does."""
    return case(*((end, number) for number, end in enumerate(ends)), else_=len(ends))
