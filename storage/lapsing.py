"""Second looks that nobody has to take any more."""

from enum import StrEnum

from sqlalchemy import ColumnElement, select, update

from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.engine import Transaction
from storage.tables import rereviews

_BY = "casework"


class Lapsed(StrEnum):
    """Why one was not answered. Stored: never rename one."""

    UNANSWERED = "unanswered"
    ERASED = "erased"
    REOPENED = "reopened"


async def lapse(
    tx: Transaction, audit: Audit, which: ColumnElement[bool], why: Lapsed
) -> tuple[str, ...]:
    """Close those that are open; their reviews. What was handed in and not counted is refused."""
    open_ones = rereviews.c.answered_at.is_(None) & rereviews.c.lapsed_at.is_(None)
    rows = await tx.rows(select(rereviews.c.review_id, rereviews.c.case_id).where(which, open_ones))
    for row in rows:
        mine = rereviews.c.review_id == row.review_id
        await tx.execute(update(rereviews).where(mine).values(lapsed_at=tx.now, lapsed_why=why))
        await Bench(audit).close_unruled(tx, row.review_id, by="")
        facts = {"review_id": row.review_id, "why": why.value}
        audit.append(tx, row.case_id, _BY, Event.REREVIEW_LAPSED, **facts)
    return tuple(row.review_id for row in rows)
