"""Who has which review open. A hint for colleagues; nothing is ever decided by it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, tuple_

from casework.base import Model, Moment
from casework.words import HearingKind, Role
from storage.bench import FIRST_OF_TWO
from storage.engine import Database, Transaction
from storage.tables import claims, exclusions, presence, reviewers, reviews

SHOWN_FOR = timedelta(seconds=30)
"""How long somebody counts as there after they were last seen: two signs of life may be lost."""
KEPT_FOR = timedelta(hours=1)
_SEEING = frozenset(Role) - {Role.DETECTOR, Role.REVIEWER}


class Onlooker(Model):
    """Somebody at a review's page. `holds`: under a claim of their own."""

    person: str
    role: Role
    holds: bool
    seen_at: Moment


class Presence:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, who: Iterable[tuple[str, str]]) -> None:
        """These are there now: pairs of review and person. Old signs of life are swept away."""
        there = sorted(set(who))

        async def work(tx: Transaction) -> None:
            for review_id, person in there:
                seen = {"review_id": review_id, "person": person, "seen_at": tx.now}
                statement = tx.insert(presence).on_conflict_do_update(
                    index_elements=["review_id", "person"], set_={"seen_at": tx.now}
                )
                await tx.execute(statement, [seen])
            await tx.execute(delete(presence).where(presence.c.seen_at < tx.now - KEPT_FOR))

        await self._database.write(work)

    async def at(self, review_ids: Iterable[str]) -> dict[str, tuple[Onlooker, ...]]:
        """Who is at these reviews, by name. Left out: whoever a second opinion must not know of.

        That is the first of two people to answer, everybody who may not decide it because of what
        they did in the case before, and all of a decision that is looked at again blindly.
        """
        wanted = sorted(set(review_ids))
        found: dict[str, list[Onlooker]] = {review_id: [] for review_id in wanted}
        for row in await self._database.read(lambda tx: tx.rows(_there(tx, wanted))):
            found[row.review_id].append(
                Onlooker(
                    person=row.person,
                    role=Role(row.role),
                    holds=row.claim_id is not None,
                    seen_at=row.seen_at,
                )
            )
        return {review_id: tuple(people) for review_id, people in found.items()}

    async def may_see(self, review_id: str, person: str, role: Role) -> bool:
        """Whether they are told who else is there: whoever oversees, and whoever holds it now."""
        return role in _SEEING or await self._claimed(
            review_id, person, claims.c.ended_at.is_(None)
        )

    async def may_be_seen(self, review_id: str, person: str) -> bool:
        """Whether they held it once: their page may still be open."""
        return await self._claimed(review_id, person)

    async def _claimed(self, review_id: str, person: str, *also: ColumnElement[bool]) -> bool:
        mine = (claims.c.review_id == review_id) & (claims.c.person == person)
        return await self._database.look(select(claims.c.claim_id).where(mine, *also)) is not None


def others(
    there: Mapping[str, tuple[Onlooker, ...]], review_id: str, me: str
) -> tuple[Onlooker, ...]:
    return tuple(each for each in there.get(review_id, ()) if each.person != me)


def _there(tx: Transaction, review_ids: list[str]) -> Any:
    live = and_(
        claims.c.review_id == presence.c.review_id,
        claims.c.person == presence.c.person,
        claims.c.ended_at.is_(None),
        claims.c.expires_at > tx.now,
    )
    pair = tuple_(presence.c.review_id, presence.c.person)
    first = select(claims.c.review_id, claims.c.person).where(
        claims.c.review_id.in_(review_ids), claims.c.submission_state == FIRST_OF_TWO
    )
    barred = select(exclusions.c.review_id, exclusions.c.person).where(
        exclusions.c.review_id.in_(review_ids)
    )
    return (
        select(
            presence.c.review_id,
            presence.c.person,
            presence.c.seen_at,
            reviewers.c.role,
            claims.c.claim_id,
        )
        .join(reviews, reviews.c.review_id == presence.c.review_id)
        .join(reviewers, reviewers.c.reviewer_id == presence.c.person)
        .outerjoin(claims, live)
        .where(presence.c.review_id.in_(review_ids), presence.c.seen_at > tx.now - SHOWN_FOR)
        .where(reviews.c.hearing != HearingKind.QUALITY.value)
        .where(pair.not_in(first), pair.not_in(barred))
        .order_by(presence.c.review_id, presence.c.person)
    )
