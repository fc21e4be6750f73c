"""How long reviews wait and are worked on, and what waits that nobody here can take."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from casework.profiles import Needs, Profile
from casework.queueing import queues_of
from casework.records import Person
from storage.engine import Transaction
from storage.people_there import colleagues
from storage.read_models import QueueStat, QueueWork, Spread
from storage.serving import IS_OPEN, is_awake, is_unclaimed
from storage.tables import claims, reviews

LATELY = timedelta(hours=24)
_MOST = 5_000
"""So many claims are looked at, the latest first: enough for a median, and bounded."""


async def work_of(tx: Transaction, stats: Sequence[QueueStat]) -> list[QueueWork]:
    """The same queues, with what takes more than counting."""
    unserved, waits, works = await _unserved(tx), *await _times(tx)
    return [
        QueueWork(
            **stat.model_dump(),
            unserved=unserved[stat.queue],
            wait=spread(waits[stat.queue]),
            work=spread(works[stat.queue]),
        )
        for stat in stats
    ]


def spread(times: Sequence[timedelta]) -> Spread:
    """The nearest-rank median and 90th percentile."""
    if not times:
        return Spread(count=0)
    ordered = sorted(times)
    return Spread(count=len(ordered), median_s=_at(ordered, 0.5), p90_s=_at(ordered, 0.9))


def _at(ordered: Sequence[timedelta], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1].total_seconds()


async def _unserved(tx: Transaction) -> dict[str, int]:
    """How many wait in a queue for which no active person's scope and profile fits."""
    people = await colleagues(tx)
    found: dict[str, int] = defaultdict(int)
    for group in await tx.rows(_kinds_waiting(tx)):
        queues = queues_of(group.desk, group.hearing)
        if not any(_takes(person, profile, group, queues) for person, profile in people):
            for queue in queues:
                found[queue] += group.number
    return found


def _kinds_waiting(tx: Transaction) -> Any:
    kinds = (
        reviews.c.desk, reviews.c.hearing, reviews.c.harm,
        reviews.c.language, reviews.c.jurisdiction, reviews.c.skill,
    )  # fmt: skip
    counted = select(*kinds, func.count().label("number"))
    return counted.where(IS_OPEN, is_unclaimed(tx.now), is_awake(tx.now)).group_by(*kinds)


def _takes(person: Person, profile: Profile, group: Row[Any], queues: frozenset[str]) -> bool:
    needs = Needs(
        harm=group.harm,
        language=group.language,
        jurisdiction=group.jurisdiction,
        skill=group.skill,
    )
    served = any(person.may_work_on(harm=group.harm, queue=queue) for queue in queues)
    return served and profile.takes(needs)


async def _times(
    tx: Transaction,
) -> tuple[dict[str, list[timedelta]], dict[str, list[timedelta]]]:
    """From opening to the first claim, and from claim to decision, of what was claimed lately."""
    earlier = aliased(claims)
    again = select(earlier.c.claim_id).where(
        earlier.c.review_id == claims.c.review_id, earlier.c.at < claims.c.at
    )
    lately = (
        select(
            claims.c.queue,
            claims.c.at,
            claims.c.submitted_at,
            reviews.c.opened_at,
            again.exists().label("again"),
        )
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(claims.c.at > tx.now - LATELY)
        .order_by(claims.c.at.desc())
        .limit(_MOST)
    )
    waits: dict[str, list[timedelta]] = defaultdict(list)
    works: dict[str, list[timedelta]] = defaultdict(list)
    for row in await tx.rows(lately):
        if not row.again:
            waits[row.queue].append(row.at - row.opened_at)
        if row.submitted_at is not None:
            works[row.queue].append(row.submitted_at - row.at)
    return waits, works
