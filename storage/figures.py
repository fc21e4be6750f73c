"""How a house full of reviews is doing: what is due when, what comes and goes, and how long it
waits. Bounded: open reviews, and the last eight hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, case, cast, extract, func, select

from casework.base import Model, Moment, Slug
from storage.bench import OPEN
from storage.engine import Database, Transaction
from storage.tables import claims, reviews

STEP = timedelta(minutes=5)
STEPS = 96
_MOST_WAITS = 5_000
"""Reviews claimed in the last hours that percentiles are taken of, the latest."""
_NEVER_LONGER = timedelta(days=1)
"""Waits longer than this began too long ago to be looked for."""
_BANDS = (
    ("in_15_min", timedelta(minutes=15)),
    ("in_1_h", timedelta(hours=1)),
    ("in_4_h", timedelta(hours=4)),
    ("in_24_h", timedelta(hours=24)),
)


class Due(Model):
    """Open reviews by the time that is left; each counts once."""

    overdue: int = 0
    in_15_min: int = 0
    in_1_h: int = 0
    in_4_h: int = 0
    in_24_h: int = 0
    later: int = 0

    @property
    def open(self) -> int:
        return sum(getattr(self, name) for name in type(self).model_fields)


class Waits(Model):
    """Seconds from opening to the first claim, of reviews first claimed in the last eight hours."""

    claimed: int = 0
    p50_s: int | None = None
    p90_s: int | None = None


class DeskFigures(Model):
    queue: Slug
    due: Due
    waits: Waits
    opened: tuple[int, ...]
    closed: tuple[int, ...]
    """In each of the last 96 steps of five minutes, the oldest first."""
    seconds: tuple[int, ...] = ()


class Step(Model):
    """`open` is how many were open at its end."""

    at: Moment
    opened: int
    closed: int
    open: int


class QueueDue(Model):
    queue: Slug
    due: Due
    waits: Waits


class Figures(Model):
    """Of the desks somebody may see, together and each."""

    at: Moment
    due: Due
    waits: Waits
    queues: tuple[QueueDue, ...]
    steps: tuple[Step, ...]


class AllFigures(Model):
    at: Moment
    begins_at: Moment
    desks: tuple[DeskFigures, ...]

    def of(self, queues: Iterable[str]) -> Figures:
        """Those of these desks. A review counts at the desk where it lies now."""
        wanted = set(queues)
        desks = [desk for desk in self.desks if desk.queue in wanted]
        due = {name: sum(getattr(desk.due, name) for desk in desks) for name in Due.model_fields}
        return Figures(
            at=self.at,
            due=Due(**due),
            waits=_waits([second for desk in desks for second in desk.seconds]),
            queues=tuple(QueueDue(queue=d.queue, due=d.due, waits=d.waits) for d in desks),
            steps=self._steps(desks),
        )

    def _steps(self, desks: Sequence[DeskFigures]) -> tuple[Step, ...]:
        """How many were open is counted back from now."""
        steps: list[Step] = []
        still_open = sum(desk.due.open for desk in desks)
        for place in reversed(range(STEPS)):
            opened = sum(desk.opened[place] for desk in desks)
            closed = sum(desk.closed[place] for desk in desks)
            at = self.begins_at + place * STEP
            steps.append(Step(at=at, opened=opened, closed=closed, open=still_open))
            still_open = max(0, still_open - opened + closed)
        return tuple(reversed(steps))


class FigureBook:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> AllFigures:
        """Four statements, over open reviews and those of the last hours."""
        return await self._database.read(_all)


async def _all(tx: Transaction) -> AllFigures:
    begins_at = _begins(tx.now)
    due = {row.desk: _due_of(row) for row in await tx.rows(_due(tx.now))}
    opened = await _counted(tx, reviews.c.opened_at, begins_at)
    closed = await _counted(tx, reviews.c.closed_at, begins_at)
    seconds = await _seconds(tx, begins_at)
    desks = [
        DeskFigures(
            queue=desk,
            due=due.get(desk, Due()),
            waits=_waits(seconds[desk]),
            opened=tuple(opened[desk]),
            closed=tuple(closed[desk]),
            seconds=tuple(seconds[desk]),
        )
        for desk in sorted({*due, *opened, *closed, *seconds})
    ]
    return AllFigures(at=tx.now, begins_at=begins_at, desks=tuple(desks))


def _begins(now: datetime) -> datetime:
    """Where the oldest of the steps begins; the newest is the one now lies in."""
    whole = int(now.timestamp() // STEP.total_seconds())
    return datetime.fromtimestamp((whole - STEPS + 1) * STEP.total_seconds(), UTC)


def _due(now: datetime) -> Any:
    left, from_ = [], now
    left.append(func.count(case((reviews.c.due_at <= now, 1))).label("overdue"))
    for name, within in _BANDS:
        band = and_(reviews.c.due_at > from_, reviews.c.due_at <= now + within)
        left.append(func.count(case((band, 1))).label(name))
        from_ = now + within
    left.append(func.count(case((reviews.c.due_at > from_, 1))).label("later"))
    return select(reviews.c.desk, *left).where(reviews.c.state == OPEN).group_by(reviews.c.desk)


def _due_of(row: Row[Any]) -> Due:
    return Due(**{name: row._mapping[name] for name in Due.model_fields})


async def _counted(
    tx: Transaction, moment: ColumnElement[datetime], begins_at: datetime
) -> dict[str, list[int]]:
    """How many moments lie in each step, by desk."""
    step = _step_of(tx, moment)
    rows = await tx.rows(
        select(reviews.c.desk, step.label("step"), func.count().label("number"))
        .where(moment >= begins_at)
        .group_by(reviews.c.desk, step)
    )
    first = int(begins_at.timestamp() // STEP.total_seconds())
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * STEPS)
    for row in rows:
        if 0 <= row.step - first < STEPS:
            counts[row.desk][row.step - first] += row.number
    return counts


def _step_of(tx: Transaction, moment: ColumnElement[datetime]) -> ColumnElement[int]:
    epoch = extract("epoch", moment)
    length = int(STEP.total_seconds())
    if tx.is_postgresql:
        return cast(func.floor(epoch / length), Integer)
    return epoch // length


async def _seconds(tx: Transaction, begins_at: datetime) -> dict[str, list[int]]:
    before = claims.alias("before")
    earlier = select(before.c.claim_id).where(
        before.c.review_id == claims.c.review_id, before.c.at < claims.c.at
    )
    rows = await tx.rows(
        select(reviews.c.desk, reviews.c.opened_at, claims.c.at.label("claimed_at"))
        .join(claims, claims.c.review_id == reviews.c.review_id)
        .where(claims.c.at >= begins_at, reviews.c.opened_at >= begins_at - _NEVER_LONGER)
        .where(~earlier.exists())
        .order_by(claims.c.at.desc())
        .limit(_MOST_WAITS)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row.desk].append(max(0, round((row.claimed_at - row.opened_at).total_seconds())))
    return found


def _waits(seconds: Sequence[int]) -> Waits:
    if not seconds:
        return Waits()
    if len(seconds) == 1:
        return Waits(claimed=1, p50_s=seconds[0], p90_s=seconds[0])
    cut = quantiles(seconds, n=10, method="inclusive")
    return Waits(claimed=len(seconds), p50_s=round(cut[4]), p90_s=round(cut[8]))
