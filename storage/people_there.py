"""Who is there to decide, at which desk."""

from collections.abc import Container

from sqlalchemy import select

from storage.engine import Transaction
from storage.rows import person_of
from storage.tables import reviewers


async def anybody(tx: Transaction, desk: str, harm: str, apart_from: Container[str]) -> bool:
    """Whether anybody may hold reviews of this harm at this desk, apart from those."""
    rows = await tx.rows(select(reviewers).where(reviewers.c.active))
    people = [person_of(row) for row in rows]
    return any(
        person.role.holds_reviews
        and person.may_work_on(harm=harm, queue=desk)
        and person.id not in apart_from
        for person in people
    )
