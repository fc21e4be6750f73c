"""Who is there to decide, at which desk."""

from collections.abc import Container
from typing import Any

from sqlalchemy import Row, select

from casework.records import ReviewRecord
from storage.engine import Transaction
from storage.routing import has_conflict
from storage.rows import person_of
from storage.tables import reviewers


async def anybody(
    tx: Transaction, desk: str, review: ReviewRecord | Row[Any], apart_from: Container[str]
) -> bool:
    """Whether anybody at this desk may decide the review, apart from those."""
    for row in await tx.rows(select(reviewers).where(reviewers.c.active)):
        person = person_of(row)
        may = person.role.holds_reviews and person.may_work_on(harm=review.harm, queue=desk)
        if not may or person.id in apart_from:
            continue
        if not await has_conflict(tx, review.review_id, person.id):
            return True
    return False
