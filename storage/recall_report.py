"""What a recall did, counted from its items when the last one is over."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, case, func, select

from casework.recalls import (
    ItemState,
    NotUndone,
    RecallCounts,
    RecallFilter,
    RecallReport,
)
from storage.engine import Transaction
from storage.recall_views import approvals_of
from storage.tables import recall_items

_LONGEST_GAP_S = 5.0
_GAPS = 3
"""A wait longer than this and than three items take was a pause or an outage, not the pace."""


async def report_of(tx: Transaction, row: Row[Any]) -> RecallReport:
    counts = RecallCounts.model_validate_json(row.counts)
    sums = (await tx.execute(_sums(row.recall_id))).one()
    return RecallReport(
        recall_id=row.recall_id,
        filter=RecallFilter.model_validate_json(row.filter),
        planned_by=row.by,
        approved_by=tuple(yes.by for yes in await approvals_of(tx, row.recall_id)),
        started_at=row.started_at,
        finished_at=tx.now,
        items=row.items,
        undone=sums.undone or 0,
        cancelled=sums.cancelled or 0,
        kept_for_others=sums.kept or 0,
        strikes_withdrawn=sums.strikes or 0,
        notices_sent=sums.told or 0,
        notices_withdrawn=sums.notices_withdrawn or 0,
        requeued=sums.requeued or 0,
        dismissed_while_open=sums.dismissed or 0,
        skipped=sums.skipped or 0,
        left_out=counts.left_out,
        not_undone=tuple(await _not_undone(tx, row.recall_id)),
        pace_asked=row.pace,
        pace_held=await _pace(tx, row),
    )


def _sums(recall_id: str) -> Any:
    skipped = recall_items.c.state == ItemState.SKIPPED.value
    dismissed = recall_items.c.while_open & ~skipped

    def number(which: Any) -> Any:
        return func.sum(case((which, 1), else_=0))

    return select(
        *(
            func.sum(recall_items.c[name]).label(name)
            for name in ("undone", "cancelled", "kept", "strikes", "notices_withdrawn")
        ),
        number(recall_items.c.notice_id.is_not(None)).label("told"),
        number(recall_items.c.requeued).label("requeued"),
        number(dismissed).label("dismissed"),
        number(skipped).label("skipped"),
    ).where(recall_items.c.recall_id == recall_id)


async def _not_undone(tx: Transaction, recall_id: str) -> list[NotUndone]:
    left = (recall_items.c.recall_id == recall_id) & (
        recall_items.c.state == ItemState.NEEDS_HUMAN.value
    )
    rows = await tx.rows(select(recall_items).where(left).order_by(recall_items.c.position))
    return [NotUndone(case_id=row.case_id, note=row.note) for row in rows]


async def _pace(tx: Transaction, row: Row[Any]) -> float | None:
    begun = select(recall_items.c.begun_at).where(
        recall_items.c.recall_id == row.recall_id, recall_items.c.begun_at.is_not(None)
    )
    rows = await tx.rows(begun.order_by(recall_items.c.begun_at))
    return pace_held([each.begun_at for each in rows], row.pace)


def pace_held(moments: Sequence[datetime], asked: int) -> float | None:
    """Items a minute over the time in which they were worked on; None for fewer than two."""
    longest = max(_LONGEST_GAP_S, _GAPS * 60 / asked)
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    worked = sum(gap for gap in gaps if gap <= longest)
    steps = sum(gap <= longest for gap in gaps)
    return round(60 * steps / worked, 1) if worked else None
