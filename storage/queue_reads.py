"""How full the queues are."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from casework.queueing import APPEALS
from storage.bench import OPEN
from storage.engine import Transaction
from storage.read_models import QueueStat
from storage.serving import IS_AMONG_APPEALS
from storage.tables import reviews


async def stats(tx: Transaction) -> list[QueueStat]:
    """Every desk with open reviews, by name; then `appeals`, but for those at legal."""
    sums = _sums(tx)
    desks = await tx.rows(
        select(reviews.c.desk, *sums)
        .where(reviews.c.state == OPEN)
        .group_by(reviews.c.desk)
        .order_by(reviews.c.desk)
    )
    appeals = await tx.row(select(*sums).where(reviews.c.state == OPEN, IS_AMONG_APPEALS))
    found = [_stat(row.desk, row) for row in desks if row.desk != APPEALS]
    if appeals is not None and appeals.of_all:
        found.append(_stat(APPEALS, appeals))
    return found


def _sums(tx: Transaction) -> tuple[ColumnElement[Any], ...]:
    """What somebody put aside sleeps until `wakes_at`; it neither waits nor is worked on."""
    sleeps = reviews.c.wakes_at > tx.now
    is_free = or_(reviews.c.held_until.is_(None), reviews.c.held_until <= tx.now)
    waits = and_(is_free, or_(reviews.c.wakes_at.is_(None), reviews.c.wakes_at <= tx.now))
    return (
        func.count().label("of_all"),
        func.count(case((waits, 1))).label("waiting"),
        func.count(case((sleeps, 1))).label("held"),
        func.count(case((reviews.c.due_at <= tx.now, 1))).label("overdue"),
        func.min(reviews.c.opened_at).label("oldest_at"),
        func.min(reviews.c.due_at).label("next_due_at"),
    )


def _stat(queue: str, row: Row[Any]) -> QueueStat:
    return QueueStat(
        queue=queue,
        waiting=row.waiting,
        claimed=row.of_all - row.waiting - row.held,
        held=row.held,
        overdue=row.overdue,
        oldest_at=row.oldest_at,
        next_due_at=row.next_due_at,
    )
