"""The reviews of a queue: what is free for whom, and in which order it is served.

The order is that of `casework.queueing`, said in SQL: a test compares the two.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal_column, or_, select, true

from casework.policy_parts import LEGAL
from casework.queueing import APPEALS, DUE_WITHIN
from casework.records import Person
from casework.words import HearingKind
from storage.tables import exclusions, reviews, skips

IS_OPEN: ColumnElement[bool] = reviews.c.state == literal_column("'open'")
"""Said as the index on the waiting ones has it."""
IS_AMONG_APPEALS: ColumnElement[bool] = and_(
    reviews.c.hearing == HearingKind.APPEAL.value, reviews.c.desk != LEGAL
)
"""What `casework.queueing.queues_of` says of the queue of appeals."""
WITHIN_A_BAND = (
    reviews.c.spread, reviews.c.due_at, reviews.c.opened_at, reviews.c.review_id
)  # fmt: skip
"""The order among reviews with the same at stake whose deadlines fall into one band."""


def waiting_for(person: Person, queue: str, now: datetime) -> Select[Any]:
    """Whatever this person may be served from this queue, but for what their profile says."""
    return select(reviews).where(
        IS_OPEN,
        is_unclaimed(now),
        is_awake(now),
        or_(_is_offered_to_nobody(now), reviews.c.offered_to == person.id),
        _in_queue(queue, person),
        *is_for(person, now),
    )


def is_for(person: Person, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """In this person's scope, nothing they are kept from, and nothing they skipped a while ago."""
    return in_scope(person), not_excluded(person.id), ~_skipped(person.id, now)


def lies_before(person: Person) -> ColumnElement[bool]:
    """Whether it is in any queue that this person serves."""
    if "*" in person.queues:
        return true()
    here = reviews.c.desk.in_(sorted(person.queues))
    return or_(here, IS_AMONG_APPEALS) if APPEALS in person.queues else here


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


def is_offered_to(person: str, now: datetime) -> ColumnElement[bool]:
    return and_(reviews.c.offered_to == person, reviews.c.offered_until > now)


def by_weight(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """The order of `casework.queueing.place`."""
    return (
        reviews.c.stakes,
        case(*((reviews.c.due_at <= now + within, n) for n, within in enumerate(DUE_WITHIN)),
             else_=len(DUE_WITHIN)),
        *WITHIN_A_BAND,
    )  # fmt: skip


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
    if {"*", APPEALS} & person.queues:
        return IS_AMONG_APPEALS
    return IS_AMONG_APPEALS & reviews.c.desk.in_(sorted(person.queues))
