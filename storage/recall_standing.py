"""How the case of a recall's item stands now, read before anything is taken back."""

from typing import Any

from sqlalchemy import Row, and_, or_, select

from casework.errors import NotConfirmed, NotFound
from casework.identity import action_workflow, appeal_workflow, case_workflow
from casework.recalls import ItemStanding
from casework.words import HearingKind, NoticeKind, Stage, Verdict
from storage.bench import OPEN
from storage.engine import Transaction
from storage.rows import decision_of
from storage.tables import actions, appeals, cases, decisions, notices, recall_items, reviews


async def standing_of(tx: Transaction, item: Row[Any]) -> ItemStanding:
    """Raises NotConfirmed while an appeal is on its way to its desk: look again."""
    ruled = await tx.rows(
        select(decisions).where(
            decisions.c.case_id == item.case_id, decisions.c.round == item.round
        )
    )
    first = next((row for row in ruled if row.hearing == HearingKind.FIRST), None)
    case = (await tx.execute(select(cases).where(cases.c.case_id == item.case_id))).one()
    if first is None:
        return await _undecided(tx, item, case)
    appeal = await _open_appeal(tx, item.decision_id)
    waiting = await _of_the_case(tx, item, case)
    if appeal is not None:
        waiting = (*waiting, appeal_workflow(item.decision_id))
    return ItemStanding(
        first=decision_of(first, reason=""),
        waiting=waiting,
        appeal_review_id=None if appeal is None else appeal.review_id,
        told=appeal is not None or await was_told(tx, item.decision_id),
        skip=_skip(first, ruled),
    )


async def was_told(tx: Transaction, decision_id: str) -> bool:
    """Whether a statement of reasons has reached the account over one channel at least."""
    got_out = or_(notices.c.delivered_at.is_not(None), notices.c.channels != "[]")
    told = select(notices.c.notice_id).where(
        notices.c.decision_id == decision_id,
        notices.c.kind == NoticeKind.STATEMENT.value,
        got_out,
    )
    return await tx.row(told.limit(1)) is not None


async def item_row(tx: Transaction, recall_id: str, position: int) -> Row[Any]:
    """Nobody else changes the item until the commit. Raises NotFound."""
    mine = and_(recall_items.c.recall_id == recall_id, recall_items.c.position == position)
    row = await tx.row(select(recall_items).where(mine).with_for_update())
    if row is None:
        raise NotFound("no such item in this recall")
    return row


async def _of_the_case(tx: Transaction, item: Row[Any], case: Row[Any]) -> tuple[str, ...]:
    """The stories of an open case and of the actions that its decision asked for."""
    if case.stage == Stage.CLOSED:
        return ()
    asked = select(actions.c.action_id).where(actions.c.decision_id == item.decision_id)
    rows = await tx.rows(asked.order_by(actions.c.action_id))
    parts = (action_workflow(row.action_id) for row in rows)
    return (case_workflow(case.harm, case.case_id), *parts)


async def _undecided(tx: Transaction, item: Row[Any], case: Row[Any]) -> ItemStanding:
    if case.stage == Stage.CLOSED or case.round != item.round:
        return ItemStanding(skip="closed_meanwhile")
    waiting = select(reviews.c.review_id).where(
        reviews.c.case_id == item.case_id,
        reviews.c.round == item.round,
        reviews.c.hearing == HearingKind.FIRST.value,
        reviews.c.state == OPEN,
    )
    stories = await _of_the_case(tx, item, case)
    return ItemStanding(review_id=await tx.value(waiting), waiting=stories)


async def _open_appeal(tx: Transaction, decision_id: str) -> Row[Any] | None:
    unanswered = select(appeals).where(
        appeals.c.decision_id == decision_id, appeals.c.closed_at.is_(None)
    )
    appeal = await tx.row(unanswered)
    if appeal is not None and appeal.review_id is None:
        raise NotConfirmed("an appeal is on its way to its desk")
    return appeal


def _skip(first: Row[Any], ruled: Any) -> str:
    if first.verdict != Verdict.ENFORCE:
        return "dismissed_meanwhile"
    if any(row.overrides == first.decision_id for row in ruled):
        return "taken_back_already"
    if not first.automated:
        return "decided_by_a_person"
    upheld = any(row.verdict == Verdict.UPHELD for row in ruled)
    return "upheld_on_appeal" if upheld else ""
