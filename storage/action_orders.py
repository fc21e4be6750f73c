"""What people order about an action. Written first; its story is told, and reads it here."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from casework.action_orders import Order
from casework.errors import Conflict, Malformed, TooLate
from casework.records import ActionRecord, Person
from casework.words import ActionState
from storage.action_book import locked_action
from storage.audit import Audit
from storage.audit_line import Event
from storage.effects import IN_FORCE, OPEN, Effects
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.rows import action_of, ends_at
from storage.tables import action_orders, actions

REASON = "order"
"""What the words of an order are sealed as."""
_ENDS = {Order.CANCEL: ActionState.CANCELLED, Order.WRITE_OFF: ActionState.WRITTEN_OFF}
_LONGEST = 4_000
_LONGEST_AHEAD = timedelta(days=36_525)


class ActionOrders:
    """All of these raise NotFound, and Malformed without a reason. Repeating an order that has
    come about answers the action as it is, and orders nothing more."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._effects = Effects(self._audit)

    async def reschedule(
        self, action_id: str, person: Person, ends: datetime, reason: str
    ) -> ActionRecord:
        """Have a temporary effect that stands end at another moment, which lies ahead.

        Raises:
            TooLate: its time is over, or it was taken back.
            Conflict: it is for good, not in force, or merged into another action.
        """

        async def work(tx: Transaction) -> ActionRecord:
            if not tx.now < ends <= tx.now + _LONGEST_AHEAD:
                raise Malformed("the new end lies ahead, and within a hundred years")
            return await self._move(tx, action_id, person, ends, reason)

        return await self._database.write(work)

    async def release(self, action_id: str, person: Person, reason: str) -> ActionRecord:
        """Have a temporary effect that stands end now. Raises as `reschedule`."""

        async def work(tx: Transaction) -> ActionRecord:
            row = await locked_action(tx, action_id)
            if row.ends_at is not None and row.ends_at <= tx.now:
                return action_of(row)
            return await self._move(tx, action_id, person, tx.now, reason)

        return await self._database.write(work)

    async def cancel(self, action_id: str, person: Person, reason: str) -> ActionRecord:
        """See that it is not carried out.

        Raises:
            TooLate: it was attempted.
            Conflict: another decision rests on it, or it is merged into another action.
        """

        async def work(tx: Transaction) -> ActionRecord:
            row = await locked_action(tx, action_id)
            if row.state == ActionState.CANCELLED:
                return action_of(row)
            if row.state not in OPEN or row.attempts:
                raise TooLate("it was attempted, or is over")
            await self._alone(tx, row)
            return await self._end(tx, row, Order.CANCEL, person, reason)

        return await self._database.write(work)

    async def write_off(self, action_id: str, person: Person, reason: str) -> ActionRecord:
        """Accept that it cannot be done, or cannot be undone. Whatever waits for it goes on.

        What was merged into an effect that never came about ends with it.

        Raises:
            Conflict: it does not need a human; it may be under way at this moment.
        """

        async def work(tx: Transaction) -> ActionRecord:
            row = await locked_action(tx, action_id)
            if row.state == ActionState.WRITTEN_OFF:
                return action_of(row)
            if row.state != ActionState.NEEDS_HUMAN:
                raise Conflict("this action does not wait for a person, or is being tried now")
            if row.confirmed_at is None:
                await self._end_the_merged(tx, row)
            return await self._end(tx, row, Order.WRITE_OFF, person, reason)

        return await self._database.write(work)

    async def overdue(self, since: timedelta) -> list[str]:
        """Actions whose moved end is that long ago, and that are in force all the same."""

        async def work(tx: Transaction) -> list[str]:
            rows = await tx.rows(
                select(actions.c.action_id)
                .where(actions.c.ends_at <= tx.now - since, actions.c.state.in_(IN_FORCE))
                .order_by(actions.c.ends_at)
                .limit(500)
            )
            return [row.action_id for row in rows]

        return await self._database.read(work)

    async def _end(
        self, tx: Transaction, row: Row[Any], kind: Order, person: Person, reason: str
    ) -> ActionRecord:
        row = await self._effects.change(tx, row.action_id, state=_ENDS[kind], ended_at=tx.now)
        await self._keep(tx, row, kind, person, reason)
        return action_of(row)

    async def _end_the_merged(self, tx: Transaction, row: Row[Any]) -> None:
        merged = select(actions.c.action_id).where(
            actions.c.platform_ref == row.platform_ref,
            actions.c.action_id != row.action_id,
            actions.c.state == ActionState.MERGED,
        )
        for other in await tx.rows(merged.order_by(actions.c.action_id).with_for_update()):
            ended = {"note": "ended_with_the_effect", "ended_at": tx.now}
            await self._effects.change(
                tx, other.action_id, None, state=ActionState.WRITTEN_OFF, **ended
            )

    async def _move(
        self, tx: Transaction, action_id: str, person: Person, ends: datetime, reason: str
    ) -> ActionRecord:
        row = await locked_action(tx, action_id)
        if row.ends_at == ends:
            return action_of(row)
        before = _runs_until(row, tx.now)
        row = await self._effects.change(
            tx, action_id, event=Event.ACTION_RESCHEDULED, ends_at=ends
        )
        kind = Order.RELEASE if ends <= tx.now else Order.RESCHEDULE
        await self._keep(tx, row, kind, person, reason, before=before, ends_at=ends)
        return action_of(row)

    async def _alone(self, tx: Transaction, row: Row[Any]) -> None:
        """Raises Conflict."""
        if await self._effects.wanted_by_others(tx, row):
            raise Conflict("another decision rests on this action")

    async def _keep(
        self,
        tx: Transaction,
        row: Row[Any],
        kind: Order,
        person: Person,
        reason: str,
        **moments: datetime,
    ) -> None:
        if not reason.strip() or len(reason) > _LONGEST:
            raise Malformed("a reason has 1 to %(most)s characters", most=_LONGEST)
        key = await self._vault.key_for(tx, row.case_id)
        order_id = f"o-{secrets.token_hex(16)}"
        await tx.add(
            action_orders,
            order_id=order_id,
            action_id=row.action_id,
            case_id=row.case_id,
            kind=kind,
            by=person.id,
            at=tx.now,
            sealed_reason=key.seal(reason, REASON),
            **moments,
        )
        facts = {"action_id": row.action_id, "order_id": order_id, "order": kind.value}
        facts |= {name: moment.isoformat() for name, moment in moments.items()}
        self._audit.append(tx, row.case_id, person.id, Event.ORDER_GIVEN, **facts)


def _runs_until(row: Row[Any], now: datetime) -> datetime:
    """Raises TooLate, Conflict unless it is a temporary effect that stands by itself."""
    if ActionState(row.state).is_over or row.withdrawn_at is not None:
        raise TooLate("it is over, or was taken back")
    if row.state != ActionState.CONFIRMED:
        raise Conflict("it is not in force, or it is merged into another action")
    until = ends_at(row)
    if until is None:
        raise Conflict("it is for good; an appeal or a recall takes it back")
    if until <= now:
        raise TooLate("its time is over")
    return until
