"""What follows from what people ordered, for what is told: the `OrderBook` port."""

from typing import Any

from sqlalchemy import Select, or_, select, update

from casework.action_orders import Change, Remainder
from casework.errors import NotFound
from casework.records import Statement
from casework.words import ActionKind, ActionState
from storage.audit import Audit
from storage.audit_line import Event
from storage.case_book import reason_of
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.papers import NOTICE, Papers
from storage.rows import action_of, decision_of
from storage.tables import action_orders, actions, decisions, notices

_BY = "casework"
TARGET_GONE = "target_gone"
"""The note of an action that found nothing left to act on."""


class OrderBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._papers = Papers(self._audit)

    async def latest_change(self, action_id: str) -> Change | None:
        """The last time this action's end was moved, None if it never was."""
        same = (action_orders.c.action_id == actions.c.action_id) & (
            action_orders.c.ends_at == actions.c.ends_at
        )
        moved = (
            select(actions, action_orders.c.before)
            .join(action_orders, same)
            .where(actions.c.action_id == action_id)
            .order_by(action_orders.c.at.desc(), action_orders.c.order_id)
        )
        row = await self._database.look(moved.limit(1))
        return None if row is None else Change(action=action_of(row), before=row.before)

    async def remainder(self, notice_id: str) -> Remainder | None:
        """What came of the decision that this notice tells of; None where all of it did."""
        if await self._database.look(_not_as_said(notice_id).limit(1)) is None:
            return None

        async def work(tx: Transaction) -> Remainder:
            rows = await tx.rows(_not_as_said(notice_id))
            made = select(decisions).where(decisions.c.decision_id == rows[0].decision_id)
            decision = (await tx.execute(made)).one()
            return Remainder(
                decision=decision_of(decision, await reason_of(tx, self._vault, decision)),
                missing=frozenset(ActionKind(row.kind) for row in rows if row.note != TARGET_GONE),
                gone=frozenset(ActionKind(row.kind) for row in rows if row.note == TARGET_GONE),
            )

        return await self._database.read(work)

    async def not_undone(self, notice_id: str) -> Remainder | None:
        """What still stands of what the decision of this notice overrides, because its undo was
        written off; None where nothing does."""
        stands = (
            select(decisions, actions.c.kind)
            .join(actions, decisions.c.overrides == actions.c.decision_id)
            .join(notices, notices.c.decision_id == decisions.c.decision_id)
            .where(notices.c.notice_id == notice_id)
            .where(actions.c.state == ActionState.WRITTEN_OFF, actions.c.confirmed_at.is_not(None))
        )

        async def work(tx: Transaction) -> Remainder | None:
            rows = await tx.rows(stands)
            if not rows:
                return None
            return Remainder(
                decision=decision_of(rows[0], await reason_of(tx, self._vault, rows[0])),
                standing=frozenset(ActionKind(row.kind) for row in rows),
            )

        return await self._database.read(work)

    async def keep_notice(self, statement: Statement) -> None:
        """Keep a notice beside the decision's others; repeating keeps the first."""

        async def work(tx: Transaction) -> None:
            await locked_case(tx, statement.case_id)
            if await tx.row(_which(statement.notice_id)) is not None:
                return
            made = select(decisions.c.round).where(decisions.c.decision_id == statement.decision_id)
            key = await self._vault.key_for(tx, statement.case_id)
            await self._papers.keep_notice(tx, statement, int(await tx.value(made)), key)

        await self._database.write(work)

    async def retell(self, statement: Statement) -> None:
        """Replace the text of a notice that nobody has received yet. Repeating changes nothing.

        Raises:
            NotFound: there is no such notice.
        """

        async def work(tx: Transaction) -> None:
            row = await tx.row(_which(statement.notice_id).with_for_update())
            if row is None:
                raise NotFound("no such notice")
            key = await self._vault.key_for(tx, row.case_id)
            if row.channels != "[]" or key.open(row.sealed_body, NOTICE) == statement.body:
                return
            sealed = {
                "sealed_subject": key.seal(statement.subject, NOTICE),
                "sealed_body": key.seal(statement.body, NOTICE),
            }
            mine = notices.c.notice_id == statement.notice_id
            rewritten = update(notices).where(mine).values(**sealed, rendered_at=tx.now)
            for row in await tx.rows(rewritten.returning(*notices.c)):
                self._papers.tell_of_notice(tx, dict(row._mapping), Event.NOTICE_REWRITTEN)

        await self._database.write(work)

    async def void(self, decision_id: str, notice_id: str) -> None:
        """Nothing came of a decision: its strike and its untold notice are withdrawn."""

        async def work(tx: Transaction) -> None:
            row = await tx.row(_which(notice_id).with_for_update())
            if row is None or row.withdrawn_at is not None:
                return
            case = await locked_case(tx, row.case_id)
            await self._papers.withdraw_strike(tx, decision_id, case)
            await self._papers.withdraw_notices(tx, notices.c.notice_id == notice_id)

        await self._database.write(work)


def _which(notice_id: str) -> Select[Any]:
    return select(notices).where(notices.c.notice_id == notice_id)


def _not_as_said(notice_id: str) -> Select[Any]:
    """The decision's actions that people ended before they were done, or that met nothing."""
    ended = actions.c.state.in_((ActionState.CANCELLED, ActionState.WRITTEN_OFF))
    return (
        select(actions.c.decision_id, actions.c.kind, actions.c.note)
        .join(notices, notices.c.decision_id == actions.c.decision_id)
        .where(notices.c.notice_id == notice_id, actions.c.interim.is_(False))
        .where(or_(ended & actions.c.confirmed_at.is_(None), actions.c.note == TARGET_GONE))
        .order_by(actions.c.action_id)
    )
