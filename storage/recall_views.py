"""A recall's row read back as what people see of it."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, select

from casework.recalls import (
    Approval,
    ItemState,
    Progress,
    RecallCounts,
    RecallFilter,
    RecallReport,
    RecallState,
    RecallView,
)
from storage.engine import Transaction
from storage.tables import recall_approvals, recall_items


async def view_of(tx: Transaction, row: Row[Any]) -> RecallView:
    return RecallView(
        recall_id=row.recall_id,
        state=RecallState(row.state),
        filter=RecallFilter.model_validate_json(row.filter),
        matches_everything=row.matches_everything,
        pace=row.pace,
        takes=timedelta(minutes=row.items / row.pace),
        digest=row.digest,
        counts=RecallCounts.model_validate_json(row.counts),
        sample=await _sample(tx, row),
        planned_by=row.by,
        planned_at=row.planned_at,
        expires_at=row.expires_at,
        expired=row.started_at is None and tx.now > row.expires_at,
        approvals=await approvals_of(tx, row.recall_id),
        started_at=row.started_at,
        finished_at=row.finished_at,
        harms=tuple(json.loads(row.harms)),
        progress=await progress_of(tx, row.recall_id),
        report=RecallReport.model_validate_json(row.report) if row.report else None,
    )


async def approvals_of(tx: Transaction, recall_id: str) -> tuple[Approval, ...]:
    """Oldest first."""
    mine = recall_approvals.c.recall_id == recall_id
    when = recall_approvals.c.at, recall_approvals.c.person
    rows = await tx.rows(select(recall_approvals).where(mine).order_by(*when))
    return tuple(Approval(by=row.person, at=row.at) for row in rows)


async def progress_of(tx: Transaction, recall_id: str) -> Progress:
    counted = (
        select(recall_items.c.state, func.count().label("number"))
        .where(recall_items.c.recall_id == recall_id)
        .group_by(recall_items.c.state)
    )
    number = {ItemState(row.state): row.number for row in await tx.rows(counted)}
    return Progress(
        items=sum(number.values()),
        done=number.get(ItemState.DONE, 0),
        needs_human=number.get(ItemState.NEEDS_HUMAN, 0),
        skipped=number.get(ItemState.SKIPPED, 0),
        under_way=number.get(ItemState.UNDOING, 0) + number.get(ItemState.TELLING, 0),
        pending=number.get(ItemState.PENDING, 0),
    )


async def _sample(tx: Transaction, row: Row[Any]) -> tuple[str, ...]:
    """Cases spread evenly over the plan, so that it shows more than its beginning."""
    wanted = min(row.sample, row.items)
    places = [number * row.items // wanted for number in range(wanted)]
    chosen = (recall_items.c.recall_id == row.recall_id) & recall_items.c.position.in_(places)
    rows = await tx.rows(
        select(recall_items.c.case_id).where(chosen).order_by(recall_items.c.position)
    )
    return tuple(each.case_id for each in rows)
