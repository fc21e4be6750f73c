"""How somebody's day goes, for themselves: figures about their own work, and no ranking."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Row, func, select

from casework.base import Model, Moment
from casework.words import HearingKind
from storage.bench import ACCEPTED, FIRST_OF_TWO, PENDING
from storage.engine import Database, Transaction
from storage.passing_on import HANDED_ON, PUT_ASIDE, SKIPPED
from storage.tables import claims, decisions, reviews

_COUNTED = (PENDING, FIRST_OF_TWO, ACCEPTED)
"""What was handed in and not refused or taken back."""
_MOST = 2_000
"""Decisions of one day that are looked at; nobody makes more."""
PAUSE = timedelta(minutes=15)
"""A longer time without a decision ends a streak."""
LATELY = timedelta(days=30)


class Today(Model):
    """`streak` is how many decisions in a row had less than `PAUSE` between them, the last of
    them not longer ago than that."""

    decided: int = 0
    median_s: int | None = None
    streak: int = 0


class HourCount(Model):
    hour: Moment
    decided: int


class MyDay(Model):
    """`overturned` are decisions of the last 30 days that a later one overrode, of `of_late`."""

    since: Moment
    today: Today
    by_hour: tuple[HourCount, ...]
    skipped: int
    held: int
    handed_over: int
    of_late: int
    overturned: int


class MyDays:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self, people: Iterable[str]) -> dict[str, Today]:
        """Since midnight UTC. One statement, however many ask."""
        wanted = sorted(set(people))

        async def work(tx: Transaction) -> dict[str, Today]:
            made: dict[str, list[Row[Any]]] = {person: [] for person in wanted}
            for row in await _handed_in(tx, wanted):
                made[row.person].append(row)
            return {person: _today(rows, tx.now) for person, rows in made.items()}

        return await self._database.read(work)

    async def of(self, person: str) -> MyDay:
        async def work(tx: Transaction) -> MyDay:
            rows = await _handed_in(tx, [person])
            ended = await _ended(tx, person)
            of_late, overturned = await _of_late(tx, person)
            return MyDay(
                since=_midnight(tx.now),
                today=_today(rows, tx.now),
                by_hour=_by_hour(rows, tx.now),
                skipped=ended.get(SKIPPED, 0),
                held=ended.get(PUT_ASIDE, 0),
                handed_over=ended.get(HANDED_ON, 0),
                of_late=of_late,
                overturned=overturned,
            )

        return await self._database.read(work)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _handed_in(tx: Transaction, people: Sequence[str]) -> Sequence[Row[Any]]:
    """A claim of yesterday may have been decided today; none lasts longer than a day."""
    since = _midnight(tx.now)
    return await tx.rows(
        select(claims.c.person, claims.c.at, claims.c.submitted_at)
        .where(claims.c.person.in_(people), claims.c.at >= since - timedelta(days=1))
        .where(claims.c.submitted_at >= since, claims.c.submission_state.in_(_COUNTED))
        .order_by(claims.c.submitted_at)
        .limit(_MOST * max(1, len(people)))
    )


def _today(rows: Sequence[Row[Any]], now: datetime) -> Today:
    taken = [(row.submitted_at - row.at).total_seconds() for row in rows]
    streak, until = 0, now
    for row in reversed(rows):
        if until - row.submitted_at >= PAUSE:
            break
        streak, until = streak + 1, row.submitted_at
    return Today(decided=len(rows), median_s=round(median(taken)) if taken else None, streak=streak)


def _by_hour(rows: Sequence[Row[Any]], now: datetime) -> tuple[HourCount, ...]:
    """Every hour from the first one with a decision until now."""
    hours = [row.submitted_at.replace(minute=0, second=0, microsecond=0) for row in rows]
    if not hours:
        return ()
    span = int((now - hours[0]).total_seconds() // 3_600) + 1
    all_of_them = (hours[0] + timedelta(hours=each) for each in range(span))
    return tuple(HourCount(hour=hour, decided=hours.count(hour)) for hour in all_of_them)


async def _ended(tx: Transaction, person: str) -> dict[str, int]:
    """Today's claims by how they ended."""
    since = _midnight(tx.now)
    rows = await tx.rows(
        select(claims.c.ended, func.count().label("number"))
        .where(claims.c.person == person, claims.c.at >= since - timedelta(days=1))
        .where(claims.c.ended_at >= since)
        .group_by(claims.c.ended)
    )
    return {row.ended: row.number for row in rows}


async def _of_late(tx: Transaction, person: str) -> tuple[int, int]:
    """First decisions of theirs in the last 30 days, and how many of them were overridden."""
    later = decisions.alias("later")
    taken = (claims.c.person == person) & (claims.c.at >= tx.now - LATELY)
    mine = select(claims.c.review_id).where(taken, claims.c.submission_state == ACCEPTED)
    row = await tx.row(
        select(
            func.count(func.distinct(decisions.c.decision_id)).label("made"),
            func.count(func.distinct(later.c.overrides)).label("overturned"),
        )
        .select_from(decisions)
        .outerjoin(
            later,
            (later.c.case_id == decisions.c.case_id)
            & (later.c.overrides == decisions.c.decision_id),
        )
        .where(decisions.c.by == person, decisions.c.hearing == HearingKind.FIRST.value)
        .where(decisions.c.at >= tx.now - LATELY, decisions.c.case_id.in_(_cases_of(mine)))
    )
    return (0, 0) if row is None else (row.made, row.overturned)


def _cases_of(review_ids: Any) -> Any:
    return select(reviews.c.case_id).where(reviews.c.review_id.in_(review_ids))
