"""Who had a part in a case, and so cannot judge it as if they had not."""

from sqlalchemy import ColumnElement, CompoundSelect, or_, select
from sqlalchemy.orm import aliased

from casework.records import NOBODY, POLICY
from casework.words import HearingKind
from storage.engine import Transaction
from storage.tables import claims, decisions, notes, rereviews, reviews

_QUALITY = HearingKind.QUALITY.value
_APPEAL = HearingKind.APPEAL.value


async def who_had_a_part(tx: Transaction, case_id: str) -> tuple[str, ...]:
    """Everybody who decided anything about it, wrote about it, or ever had it in their hands."""
    rows = await tx.rows(_parts(case_id))
    return tuple(sorted({row.who for row in rows} - {POLICY, NOBODY}))


def _parts(case_id: str) -> CompoundSelect[tuple[str]]:
    held = (
        select(claims.c.person.label("who"))
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(reviews.c.case_id == case_id)
    )
    decided = select(decisions.c.by.label("who")).where(decisions.c.case_id == case_id)
    wrote = (
        select(notes.c.by.label("who"))
        .join(reviews, reviews.c.review_id == notes.c.review_id)
        .where(reviews.c.case_id == case_id)
    )
    return held.union(decided, wrote)


def still_apart(person: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a review that leave out what somebody got a part in since it was opened: a
    second look at a case they held, an appeal in a case they took a second look at."""
    other = aliased(reviews)
    held = (
        select(claims.c.claim_id)
        .join(other, other.c.review_id == claims.c.review_id)
        .where(claims.c.person == person, other.c.case_id == reviews.c.case_id)
        .where(other.c.review_id != reviews.c.review_id)
    )
    looked = select(rereviews.c.review_id).where(
        rereviews.c.by == person, rereviews.c.case_id == reviews.c.case_id
    )
    return (
        or_(reviews.c.hearing != _QUALITY, ~held.exists()),
        or_(reviews.c.hearing != _APPEAL, ~looked.exists()),
    )
