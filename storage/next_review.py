"""The next review of a queue, found without sorting whatever waits there.

Among what somebody may be served, the smallest deadline among the highest stakes tells in which
band of deadlines the next one is. Within that band PostgreSQL reads the order off an index; SQLite
sorts the band. One whose every review is being claimed by others at this moment is passed over.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from casework.queueing import DUE_WITHIN, QueueRules, deadline_band
from casework.records import Person
from casework.words import Severity
from storage.engine import Transaction
from storage.serving import WITHIN_A_BAND, by_weight, is_offered_to
from storage.tables import reviews

_IS_CRITICAL = reviews.c.stakes < 2 * Severity.CRITICAL.rank + 2


async def next_review(
    tx: Transaction, waiting: Select[Any], person: Person, turn: QueueRules | None
) -> Row[Any] | None:
    """What of these this person is served, locked until the commit: what is kept for them, then by
    weight, or at a `turn` what has waited longest."""
    kept = await tx.rows(select(reviews.c.review_id).where(is_offered_to(person.id, tx.now)))
    if kept:
        these = waiting.where(reviews.c.review_id.in_([row.review_id for row in kept]))
        found = await tx.row(_locked(these.order_by(*by_weight(tx.now))))
        if found is not None:
            return found
    if turn is None:
        return await _by_weight(tx, waiting)
    return await _by_turn(tx, waiting, turn)


async def _by_weight(tx: Transaction, waiting: Select[Any]) -> Row[Any] | None:
    """The first of these by `casework.queueing.place`, locked."""
    heads = waiting.with_only_columns(reviews.c.stakes, reviews.c.due_at)
    heads = heads.order_by(reviews.c.stakes, reviews.c.due_at).limit(1)
    beyond: tuple[ColumnElement[bool], ...] = ()
    while (head := await tx.row(heads.where(*beyond))) is not None:
        band = _Band.of(head, tx.now)
        found = await tx.row(_locked(waiting.where(*band.within()).order_by(*WITHIN_A_BAND)))
        if found is not None:
            return found
        beyond = (band.passed(),)
    return None


async def _by_turn(tx: Transaction, waiting: Select[Any], rules: QueueRules) -> Row[Any] | None:
    """The first of these by `casework.queueing.place_at_a_turn`, locked."""
    is_old = reviews.c.opened_at <= tx.now - rules.oldest_after
    oldest_first = waiting.where(~_IS_CRITICAL, is_old).order_by(
        reviews.c.opened_at, *by_weight(tx.now)
    )
    found = await _by_weight(tx, waiting.where(_IS_CRITICAL))
    if found is None:
        found = await tx.row(_locked(oldest_first))
    if found is None:
        found = await _by_weight(tx, waiting.where(~_IS_CRITICAL))
    return found


@dataclass(frozen=True)
class _Band:
    """Reviews with the same at stake, due after `above` and not after `below`."""

    stakes: int
    above: datetime | None
    below: datetime | None

    @classmethod
    def of(cls, head: Row[Any], now: datetime) -> "_Band":
        edges = [None, *(now + within for within in DUE_WITHIN), None]
        number = deadline_band(head.due_at, now)
        return cls(head.stakes, edges[number], edges[number + 1])

    def within(self) -> tuple[ColumnElement[bool], ...]:
        edges = [reviews.c.stakes == self.stakes]
        if self.above is not None:
            edges.append(reviews.c.due_at > self.above)
        if self.below is not None:
            edges.append(reviews.c.due_at <= self.below)
        return tuple(edges)

    def passed(self) -> ColumnElement[bool]:
        """What comes after this band."""
        lower = reviews.c.stakes > self.stakes
        if self.below is None:
            return lower
        return or_(lower, and_(reviews.c.stakes == self.stakes, reviews.c.due_at > self.below))


def _locked(found: Select[Any]) -> Select[Any]:
    return found.limit(1).with_for_update(of=reviews, skip_locked=True, key_share=True)
