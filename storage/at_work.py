"""What somebody had in their hands lately, the breaks they took, and what that keeps from them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, text

from casework.base import Model
from casework.care import DAY, Break, CareRules, Reached, Seen, reached, rests_until, tighter
from casework.errors import TakeABreak
from casework.profiles import Profile
from casework.words import Severity
from storage.engine import Transaction
from storage.tables import breaks, claims, reviews

_LONGEST_WORK = timedelta(hours=24)
_CLAIMS_OF = 0x6361
"""The class of the PostgreSQL advisory lock under which one person's claims are counted."""


class AtWork(Model):
    """What counts for one claim: what was in their hands for a day, which limits that used up, and
    until when nothing is served."""

    seen: tuple[Seen, ...]
    reached: tuple[Reached, ...]
    rests_until: datetime | None

    def claims_today(self, queue: str, now: datetime) -> int:
        """Since midnight, UTC."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return sum(look.queue == queue and look.at >= midnight for look in self.seen)

    def as_at(self, moment: datetime) -> "AtWork":
        """What of it still holds then, if nothing more is shown to them."""
        left = tuple(r for r in self.reached if r.again_at is None or r.again_at > moment)
        rests = self.rests_until is not None and self.rests_until > moment
        until = self.rests_until if rests else None
        return self.model_copy(update={"reached": left, "rests_until": until})

    def demand_rest(self, now: datetime) -> None:
        """Raises TakeABreak."""
        if self.rests_until is not None:
            raise TakeABreak(
                "nothing is served to you before %(then)s UTC: take a break",
                retry_after=self.rests_until - now,
                then=f"{self.rests_until:%H:%M}",
            )

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What a review has to meet to be served in spite of the limits."""
        severities = {each.value for each in Severity}
        used_up = {each.of for each in self.reached}
        found = []
        if hard := sorted(used_up & severities):
            found.append(reviews.c.severity.not_in(hard))
        if harms := sorted(used_up - severities):
            found.append(reviews.c.harm.not_in(harms))
        return tuple(found)


async def at_work(tx: Transaction, profile: Profile, rules: CareRules) -> AtWork:
    seen = await seen_by(tx, profile.person, DAY)
    taken = await breaks_of(tx, profile.person)
    return AtWork(
        seen=tuple(seen),
        reached=reached(seen, tighter(rules.limits, profile.limits), tx.now),
        rests_until=rests_until(seen, taken, rules, tx.now),
    )


async def counted_alone(tx: Transaction, person: str) -> None:
    """Nobody else counts this person's claims until the commit: two at once see one another.

    On SQLite there is one writer at a time anyway.
    """
    if tx.is_postgresql:
        lock = text("SELECT pg_advisory_xact_lock(:of, hashtext(:person))")
        await tx.execute(lock.bindparams(of=_CLAIMS_OF, person=person))


async def seen_by(tx: Transaction, person: str, back: timedelta) -> list[Seen]:
    """Whatever this person had in hand: who claims a review is shown its evidence."""
    ended = func.coalesce(claims.c.submitted_at, claims.c.ended_at, claims.c.expires_at)
    rows = await tx.rows(
        select(
            reviews.c.review_id,
            claims.c.queue,
            reviews.c.harm,
            reviews.c.severity,
            claims.c.at,
            ended.label("until"),
        )
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(claims.c.person == person, claims.c.at > tx.now - back)
    )
    return [Seen(**row._mapping) for row in rows]


async def breaks_of(tx: Transaction, person: str) -> Sequence[Break]:
    until = func.coalesce(breaks.c.ended_at, breaks.c.until)
    rows = await tx.rows(
        select(breaks.c.began_at, until.label("until")).where(
            breaks.c.person == person, breaks.c.began_at > tx.now - _LONGEST_WORK
        )
    )
    return [Break(**row._mapping) for row in rows]
