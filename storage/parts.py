"""Who had a part in a case, and so cannot judge it as if they had not."""

from sqlalchemy import CompoundSelect, select

from casework.records import NOBODY, POLICY
from storage.engine import Transaction
from storage.tables import claims, decisions, notes, reviews


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
