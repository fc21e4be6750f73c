"""Actions and how far they have come: the `ActionBook` port."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, func, literal, select
from sqlalchemy.sql.dml import ReturningUpdate

from casework.errors import Malformed, NotConfirmed, NotFound
from casework.holds import USUAL, Brakes
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState
from storage.audit import Audit
from storage.breaker import Breaker
from storage.effects import IN_FORCE, Effects, changed
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.rows import action_of, parked_note
from storage.tables import Utc, actions

_OPEN = tuple(state for state in ActionState if state.is_open)
_LONGEST_NOTE = 200


class ActionBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        audit = Audit(database, keyring)
        self._effects = Effects(audit)
        self._breaker = Breaker(audit)

    async def action(self, action_id: str) -> ActionRecord:
        """Raises NotFound."""
        return action_of(_found(await self._database.look(_which(action_id))))

    async def attempting(self, action_id: str, brakes: Brakes = USUAL) -> ActionRecord:
        """Count an attempt, before it is made; or park the action, if it was never attempted.

        Raises:
            NotConfirmed: when it has meanwhile been ended or taken back: look again.
        """

        async def work(tx: Transaction) -> ActionRecord:
            await self._breaker.take_turns(tx, action_id)
            numbers = self._breaker.numbers(brakes, tx.now)
            attempt = _attempt(self._breaker.lets_go(brakes))
            numbers |= {"of_action": action_id, "begun_at": tx.now}
            row = await self._effects.change_by(tx, attempt, numbers)
            return action_of(row or await self._unless_parked(tx, action_id, brakes))

        return await self._database.write(work)

    async def _unless_parked(self, tx: Transaction, action_id: str, brakes: Brakes) -> Row[Any]:
        """The slower way, for what something keeps or kept: park it, or let it go at last."""
        row = await _row(tx, action_id)
        if row.state not in _OPEN:
            raise NotConfirmed(f"the action is {row.state} by now")
        hold = await self._breaker.parks(tx, row, brakes)
        if hold is None:
            await self._effects.lock_targets(tx, (row.target,))
            return await self._go_at_last(tx, row)
        if row.state == ActionState.PARKED and row.note == parked_note(hold):
            return row
        return await self._effects.change(
            tx, action_id, state=ActionState.PARKED, note=parked_note(hold), parked_at=tx.now
        )

    async def _go_at_last(self, tx: Transaction, row: Row[Any]) -> Row[Any]:
        """While it was parked, a sibling case may have brought the same effect about."""
        values = _attempted(literal(tx.now, Utc()))
        there = await self._effects.same_effect(tx, action_of(row))
        if there is not None:
            values = {
                "state": ActionState.MERGED,
                "platform_ref": there,
                "note": "",
                "parked_at": None,
            }
        gone = await self._effects.change_from(tx, row.action_id, _OPEN, **values)
        if gone is None:
            raise NotConfirmed("the action was ended or taken back")
        return gone

    async def settle_action(self, action_id: str, state: ActionState, note: str = "") -> None:
        """Write a state that was seen at the platform. Repeating changes nothing.

        What is over stays over, and what is merged is not confirmed once more. When a temporary
        effect ends, everything merged into it ends with it.
        """
        if len(note) > _LONGEST_NOTE:
            raise Malformed("a note is one short word or phrase")

        async def work(tx: Transaction) -> None:
            before = [each for each in ActionState if _leads_to(each, state)]
            values = _became(state, note, tx.now)
            row = await self._effects.change_from(tx, action_id, before, **values)
            if row is None:
                await _row(tx, action_id)
            elif state.is_over:
                await self._end_with_it(tx, row, state)

        await self._database.write(work)

    async def known_switch(self, action_id: str, switched_by: frozenset[ActionKind]) -> bool:
        """Whether another action of ours, of one of these kinds and on the same target, may have
        turned the switch, also one whose time is over or that is being taken back."""

        async def work(tx: Transaction) -> bool:
            others = await self._effects.switching(tx, await _row(tx, action_id), switched_by)
            return bool(others)

        return await self._database.read(work)

    async def shared_effect(
        self, action_id: str, switched_by: frozenset[ActionKind] = frozenset()
    ) -> bool:
        """Whether another decision still wants the effect this action stands for.

        Of the kinds in `switched_by` any action in force on the same target counts, also one that
        was carried out for itself.
        """

        async def work(tx: Transaction) -> bool:
            row = await _row(tx, action_id)
            if await self._effects.wanted_by_others(tx, row):
                return True
            return await self._effects.held_by_others(tx, row, switched_by)

        return await self._database.read(work)

    async def _end_with_it(self, tx: Transaction, row: Row[Any], state: ActionState) -> None:
        """End the others under the same effect: all once its time is over, else the unwanted."""
        if await self._effects.wanted_by_others(tx, row):
            return
        others = select(actions).where(
            actions.c.platform_ref == row.platform_ref,
            actions.c.action_id != row.action_id,
            actions.c.state.in_(IN_FORCE),
        )
        for other in await tx.rows(others.order_by(actions.c.action_id).with_for_update()):
            values = _became(state, "ended_with_the_effect", tx.now)
            await self._effects.change(tx, other.action_id, **values)


@cache
def _attempt(lets_go: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """One more attempt; a first one where nothing keeps it, and nothing ever has."""
    free = (actions.c.state != ActionState.PARKED) & lets_go
    mine = actions.c.action_id == bindparam("of_action", type_=Text())
    goes = mine & actions.c.state.in_(_OPEN) & ((actions.c.attempts > 0) | free)
    return changed(goes, _attempted(bindparam("begun_at", type_=Utc())))


def _attempted(now: ColumnElement[datetime]) -> dict[str, Any]:
    return {
        "state": ActionState.ATTEMPTED,
        "attempts": actions.c.attempts + 1,
        "first_at": func.coalesce(actions.c.first_at, now),
        "note": "",
        "parked_at": None,
    }


def _became(state: ActionState, note: str, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"state": state, "note": note}
    if state is ActionState.CONFIRMED:
        values["confirmed_at"] = now
    if state.is_over:
        values["ended_at"] = now
    return values


def _leads_to(before: ActionState, after: ActionState) -> bool:
    if before is ActionState.WRITTEN_OFF:  # it came about, or went away, after all
        return after in {ActionState.CONFIRMED, ActionState.REVERTED, ActionState.LAPSED}
    if before.is_over or before == after:
        return False
    if before.in_force and after.is_open:
        return after is ActionState.NEEDS_HUMAN  # it stands, and its undo is refused
    return not (before is ActionState.MERGED and after is ActionState.CONFIRMED)


async def _row(tx: Transaction, action_id: str) -> Row[Any]:
    """Raises NotFound."""
    return _found(await tx.row(_which(action_id)))


async def locked_action(tx: Transaction, action_id: str) -> Row[Any]:
    """Nobody else changes it until the commit. Raises NotFound."""
    return _found(await tx.row(_which(action_id).with_for_update()))


def _which(action_id: str) -> Select[Any]:
    return select(actions).where(actions.c.action_id == action_id)


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("no such action")
    return row
