"""The items of a recall, one commit a step: the `RecallItems` port.

The overriding decision, everything that follows from it and how far the item has come are written
together, so that a step that is repeated finds what it did.
"""

import json
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, func, select, update

from casework.errors import NotConfirmed
from casework.identity import notice_id
from casework.orders import Decided
from casework.recalls import (
    ItemStanding,
    ItemState,
    RecallFilter,
    RecallItem,
    Requeue,
)
from casework.records import Settled, Statement
from casework.righting import ChangeDue
from casework.words import ActionState, NoticeKind, Outcome, Stage
from storage import fingerprints
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import changed_case, locked_case
from storage.opening import Opener
from storage.papers import Papers
from storage.recall_search import said_by
from storage.recall_standing import item_row, standing_of, was_told
from storage.settling import Settling
from storage.tables import (
    actions,
    cases,
    detections,
    notices,
    recall_items,
    recalls,
    strikes,
)

_BY = "casework"
_CHANGES: TypeAdapter[tuple[ChangeDue, ...]] = TypeAdapter(tuple[ChangeDue, ...])
_OVER = tuple(state.value for state in ItemState if state.is_over)


class RecallItems:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._settling = Settling(self._audit, self._vault)
        self._papers = Papers(self._audit)
        self._bench = Bench(self._audit)
        self._opener = Opener(self._audit)

    async def due(self, recall_id: str, limit: int) -> tuple[RecallItem, ...]:
        """Those that are not over, the least tried first, then by position."""
        left = (recall_items.c.recall_id == recall_id) & recall_items.c.state.not_in(_OVER)
        order = recall_items.c.tries, recall_items.c.position
        wanted = select(recall_items).where(left).order_by(*order).limit(limit)
        rows = await self._database.read(lambda tx: tx.rows(wanted))
        return tuple(_item(row) for row in rows)

    async def standing(self, item: RecallItem) -> ItemStanding:
        async def work(tx: Transaction) -> ItemStanding:
            return await standing_of(tx, await _row(tx, item))

        return await self._database.read(work)

    async def withdraw(
        self, item: RecallItem, seen: ItemStanding, settled: Settled, step: str
    ) -> RecallItem:
        """Write the decision with all that follows from it, and what is owed because of it.

        Raises:
            NotConfirmed: when the case stands differently from what was `seen`: look again.
        """

        async def work(tx: Transaction) -> RecallItem:
            case = await locked_case(tx, item.case_id)
            row = await item_row(tx, item.recall_id, item.position)
            if row.state != ItemState.PENDING:
                return _item(row)
            if await standing_of(tx, row) != seen:
                raise NotConfirmed("the case has moved on: look again")
            decided = await self._settling.settle(tx, settled, step)
            if seen.appeal_review_id is not None:
                await self._answer_appeal(tx, seen.appeal_review_id, settled, decided)
            await self._forget_claims(tx, item)
            stands = await _dismissed_in_the_end(tx, case, item, seen)
            withdrawn = await self._withdraw_notices(tx, item)
            facts = {"recall_id": item.recall_id, "decision_id": decided.decision_id, "row": stands}
            self._audit.append(tx, item.case_id, settled.decision.by, Event.RECALLED, **facts)
            return await _becomes(
                tx,
                item,
                state=ItemState.UNDOING.value,
                owed=json.dumps(decided.takes_back),
                changes=_CHANGES.dump_json(decided.changes).decode(),
                begun_at=tx.now,
                cancelled=await _count(tx, actions, _cancelled(tx, item)),
                strikes=await _count(tx, strikes, _struck(tx, item)),
                notices_withdrawn=withdrawn,
            )

        return await self._database.write(work)

    async def skip(self, item: RecallItem, why: str) -> RecallItem:
        """Nothing is done: somebody has ruled since."""

        async def work(tx: Transaction) -> RecallItem:
            row = await item_row(tx, item.recall_id, item.position)
            if row.state != ItemState.PENDING:
                return _item(row)
            facts = {"recall_id": item.recall_id, "why": why}
            self._audit.append(tx, item.case_id, _BY, Event.RECALL_SKIPPED, **facts)
            over = {"state": ItemState.SKIPPED.value, "begun_at": tx.now, "done_at": tx.now}
            return await _becomes(tx, item, **over, note=why)

        return await self._database.write(work)

    async def tell(self, item: RecallItem, statement: Statement) -> RecallItem:
        """Keep the correction, if the account was told anything that needs one."""

        async def work(tx: Transaction) -> RecallItem:
            await locked_case(tx, item.case_id)
            row = await item_row(tx, item.recall_id, item.position)
            if ItemState(row.state).is_over or row.notice_id is not None:
                return _item(row)
            telling = ItemState.TELLING.value
            if not await was_told(tx, item.decision_id):
                return await _becomes(tx, item, state=telling)
            key = await self._vault.key_for(tx, item.case_id)
            await self._papers.keep_notice(tx, statement, item.round, key)
            return await _becomes(tx, item, state=telling, notice_id=statement.notice_id)

        return await self._database.write(work)

    async def finish(self, item: RecallItem, requeue: Requeue | None) -> RecallItem:
        """The item is over, and put before people again if it is to be.

        Raises:
            NotConfirmed: when a statement got out meanwhile, or its case is not closed yet.
        """

        async def work(tx: Transaction) -> RecallItem:
            case = await locked_case(tx, item.case_id)
            row = await item_row(tx, item.recall_id, item.position)
            if ItemState(row.state).is_over:
                return _item(row)
            if row.notice_id is None and await was_told(tx, item.decision_id):
                raise NotConfirmed("a statement got out meanwhile")
            requeued = requeue is not None and await self._requeue(tx, case, item, requeue)
            ended = ItemState.NEEDS_HUMAN if row.note else ItemState.DONE
            return await _becomes(
                tx,
                item,
                state=ended.value,
                done_at=tx.now,
                requeued=requeued,
                undone=await _count(tx, actions, _ended_as(row, ActionState.REVERTED)),
                kept=await _count(tx, actions, _ended_as(row, ActionState.RELEASED)),
            )

        return await self._database.write(work)

    async def refused(self, item: RecallItem, code: str) -> RecallItem:
        """Something of it cannot be done, by its code: people have to see to it."""
        return await self._database.write(lambda tx: _becomes(tx, item, note=code))

    async def give_up(self, item: RecallItem, code: str) -> RecallItem:
        """Nothing more is tried here: people have to see to the rest."""

        async def work(tx: Transaction) -> RecallItem:
            over = {"state": ItemState.NEEDS_HUMAN.value, "done_at": tx.now}
            return await _becomes(tx, item, **over, note=code)

        return await self._database.write(work)

    async def failed(self, item: RecallItem) -> RecallItem:
        """Try it again after those that were tried less often."""
        more = recall_items.c.tries + 1
        return await self._database.write(lambda tx: _becomes(tx, item, tries=more))

    async def _requeue(
        self, tx: Transaction, case: Row[Any], item: RecallItem, requeue: Requeue
    ) -> bool:
        """A new round before people; one that was opened meanwhile considers it by itself."""
        if case.round != item.round:
            return False
        if case.stage != Stage.CLOSED:
            raise NotConfirmed("the case is not closed yet")
        await self._opener.reopen(tx, case, requeue.policy)
        await self._settling.ask_people(tx, requeue.review, (), (), f"{requeue.review.round}/rule")
        return True

    async def _answer_appeal(
        self, tx: Transaction, review_id: str, settled: Settled, decided: Decided
    ) -> None:
        """What the appellant asked for is done: nobody has to hear it any more."""
        correction = notice_id(decided.decision_id, NoticeKind.CORRECTION)
        told = decided.model_copy(update={"takes_back": (), "notice_id": correction})
        await self._bench.close(tx, review_id, settled.decision.by, told)

    async def _forget_claims(self, tx: Transaction, item: RecallItem) -> None:
        """What the bad version claimed of this case counts no more, whoever rules on it next."""
        kept = await tx.value(select(recalls.c.filter).where(recalls.c.recall_id == item.recall_id))
        found = RecallFilter.model_validate_json(kept)
        if found.detector is None:
            return
        mine = (detections.c.case_id == item.case_id) & detections.c.recalled_at.is_(None)
        forgotten = update(detections).where(mine, said_by(found, detections))
        await tx.execute(forgotten.values(recalled_at=tx.now))

    async def _withdraw_notices(self, tx: Transaction, item: RecallItem) -> int:
        unsent = (notices.c.decision_id == item.decision_id) & notices.c.delivered_at.is_(None)
        return await self._papers.withdraw_notices(tx, unsent)


def _item(row: Row[Any]) -> RecallItem:
    return RecallItem(
        recall_id=row.recall_id,
        position=row.position,
        case_id=row.case_id,
        round=row.round,
        decision_id=row.decision_id,
        borderline=row.borderline,
        state=ItemState(row.state),
        tries=row.tries,
        owed=tuple(json.loads(row.owed)),
        changes=_CHANGES.validate_json(row.changes),
        notice_id=row.notice_id,
        note=row.note,
    )


async def _row(tx: Transaction, item: RecallItem) -> Row[Any]:
    return (await tx.execute(select(recall_items).where(_this(item)))).one()


def _this(item: RecallItem) -> ColumnElement[bool]:
    return (recall_items.c.recall_id == item.recall_id) & (recall_items.c.position == item.position)


async def _becomes(tx: Transaction, item: RecallItem, **values: Any) -> RecallItem:
    changed = update(recall_items).where(_this(item)).values(**values)
    return _item((await tx.execute(changed.returning(*recall_items.c))).one())


async def _count(tx: Transaction, table: Any, which: ColumnElement[bool]) -> int:
    return int(await tx.value(select(func.count()).select_from(table).where(which)))


def _cancelled(tx: Transaction, item: RecallItem) -> ColumnElement[bool]:
    return (
        (actions.c.decision_id == item.decision_id)
        & (actions.c.state == ActionState.CANCELLED.value)
        & (actions.c.withdrawn_at == tx.now)
    )


def _struck(tx: Transaction, item: RecallItem) -> ColumnElement[bool]:
    return (strikes.c.decision_id == item.decision_id) & (strikes.c.withdrawn_at == tx.now)


def _ended_as(row: Row[Any], state: ActionState) -> ColumnElement[bool]:
    owed = json.loads(row.owed)
    return actions.c.action_id.in_(owed) & (actions.c.state == state.value)


async def _dismissed_in_the_end(
    tx: Transaction, case: Row[Any], item: RecallItem, seen: ItemStanding
) -> str:
    """A case that is still being carried out closes as dismissed, and so does what is closed; the
    fingerprint of how it stands then."""
    if seen.first is None or case.round != item.round:
        return fingerprints.of_outcome(dict(case._mapping))
    mine = update(cases).where(cases.c.case_id == item.case_id)
    return await changed_case(tx, mine.values(outcome=Outcome.DISMISSED))
