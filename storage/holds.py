"""Holds: set, lifted, and what waits for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from casework.errors import NotFound
from casework.holds import Hold, HoldOn, Parked
from casework.identity import action_workflow, case_workflow, hold_id
from casework.words import ActionState, HoldKind
from storage.audit import Audit
from storage.audit_line import Event
from storage.covering import KINDS, parks_action, parks_case, standing
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.read_models import HoldCount, StandingHolds
from storage.tables import actions, cases, holds, policies

TURNS = 0x6361_7365_686F
"""The PostgreSQL advisory lock that whoever sets a hold takes alone, and every first attempt with
the others: once a hold is committed, no attempt that did not see it is."""

LATELY = timedelta(minutes=1)

_PARKED = actions.c.parked_at.is_not(None) & (actions.c.state == ActionState.PARKED)
_WAITS_TO_BEGIN = and_(
    cases.c.blocked_on != literal_column("''"),  # as its index says it
    cases.c.blocked_on.like("hold:%"),
    or_(cases.c.round == 0, cases.c.closed_at.is_not(None)),
)
"""A case in a running round goes on: its actions are parked, not its story."""

_IN_FORCE = (
    select(func.max(policies.c.version)).where(policies.c.harm == cases.c.harm).scalar_subquery()
)
"""The version under which a case that waits would begin."""

_HELD_ACTION = parks_action(actions.c)
_HELD_CASE = parks_case(cases.c, _IN_FORCE)


class HoldBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def set(self, on: HoldOn, by: str, reason: str) -> Hold:
        """Park what this is on. The same hold again is the one that stands."""

        async def work(tx: Transaction) -> Hold:
            if tx.is_postgresql:
                await tx.execute(text(f"SELECT pg_advisory_xact_lock({TURNS})"))
            same = (holds.c.kind == on.kind) & (holds.c.target == on.target)
            there = await tx.row(
                select(holds).where(same, holds.c.lifted_at.is_(None), ~holds.c.automated_only)
            )
            if there is None:
                name = hold_id(on.kind, on.target, by, tx.now)
                await put(tx, self._audit, hold_id=name, on=on, by=by, why=reason)
                there = (await tx.execute(select(holds).where(holds.c.hold_id == name))).one()
            return (await _views(tx, [there]))[0]

        return await self._database.write(work)

    async def lift(self, hold_id: str, by: str, reason: str) -> Hold:
        """Let go on what it parks. Lifting twice changes nothing. Raises NotFound."""

        async def work(tx: Transaction) -> Hold:
            mine = (holds.c.hold_id == hold_id) & holds.c.kind.in_(KINDS)
            lifted = await tx.row(
                update(holds)
                .where(mine, holds.c.lifted_at.is_(None))
                .values(lifted_at=tx.now, lifted_by=by, lifted_why=reason)
                .returning(*holds.c)
            )
            if lifted is not None:
                facts = {"hold_id": hold_id, "kind": lifted.kind, "target": lifted.target}
                self._audit.append(tx, "", by, Event.HOLD_LIFTED, **facts)
            row = lifted or await tx.row(select(holds).where(mine))
            if row is None:
                raise NotFound("no such hold")
            return (await _views(tx, [row]))[0]

        return await self._database.write(work)

    async def hold(self, hold_id: str) -> Hold:
        """Raises NotFound."""
        wanted = select(holds).where(holds.c.hold_id == hold_id, holds.c.kind.in_(KINDS))

        async def work(tx: Transaction) -> Hold:
            found = await _views(tx, await tx.rows(wanted))
            if not found:
                raise NotFound("no such hold")
            return found[0]

        return await self._database.read(work)

    async def standing(self) -> tuple[Hold, ...]:
        """Those not lifted, the oldest first, with what each one parks."""

        async def work(tx: Transaction) -> tuple[Hold, ...]:
            in_order = holds.c.set_at, holds.c.hold_id
            return tuple(
                await _views(tx, await tx.rows(select(holds).where(standing()).order_by(*in_order)))
            )

        return await self._database.read(work)

    async def lifted(self, limit: int = 50) -> tuple[Hold, ...]:
        """Those lifted last, the latest first."""
        past = select(holds).where(holds.c.lifted_at.is_not(None), holds.c.kind.in_(KINDS))
        latest = past.order_by(holds.c.lifted_at.desc(), holds.c.hold_id).limit(limit)

        async def work(tx: Transaction) -> tuple[Hold, ...]:
            return tuple(await _views(tx, await tx.rows(latest)))

        return await self._database.read(work)

    async def released(self, limit: int = 500) -> list[str]:
        """The stories that wait although no hold covers what they wait for any more, or although
        it was taken back within the last minute."""
        free_cases = (
            select(cases.c.case_id, cases.c.harm)
            .where(_WAITS_TO_BEGIN, ~select(holds.c.hold_id).where(_HELD_CASE).exists())
            .order_by(cases.c.opened_at)
            .limit(limit)
        )

        async def work(tx: Transaction) -> list[str]:
            free_actions = _free_actions(tx.now).limit(limit)
            return [
                *(action_workflow(row.action_id) for row in await tx.rows(free_actions)),
                *(case_workflow(row.harm, row.case_id) for row in await tx.rows(free_cases)),
            ]

        return await self._database.read(work)

    async def unpaged(self) -> list[Hold]:
        """Set by a breaker, standing, and nobody is known to have been called."""
        wanted = select(holds).where(standing(), holds.c.automated_only, holds.c.paged_at.is_(None))

        async def work(tx: Transaction) -> list[Hold]:
            return await _views(tx, await tx.rows(wanted.order_by(holds.c.set_at)))

        return await self._database.read(work)

    async def paged(self, hold_id: str) -> None:
        async def work(tx: Transaction) -> None:
            mine = (holds.c.hold_id == hold_id) & holds.c.paged_at.is_(None)
            await tx.execute(update(holds).where(mine).values(paged_at=tx.now))

        await self._database.write(work)

    async def counts(self) -> HoldCount:
        """For the dashboard: holds that stand, by kind and by whether a breaker set them."""

        async def work(tx: Transaction) -> HoldCount:
            by_kind = (
                select(holds.c.kind, holds.c.automated_only, func.count().label("number"))
                .where(standing())
                .group_by(holds.c.kind, holds.c.automated_only)
            )
            found = await tx.rows(by_kind)
            waiting = select(func.count()).select_from(cases).where(_WAITS_TO_BEGIN)
            parked = select(func.count()).select_from(actions).where(_PARKED)
            return HoldCount(
                holds=tuple(StandingHolds(**row._mapping) for row in found),
                parked=Parked(
                    cases=int(await tx.value(waiting)), actions=int(await tx.value(parked))
                ),
            )

        return await self._database.read(work)


def _free_actions(now: datetime) -> Select[tuple[str]]:
    free = _PARKED & ~select(holds.c.hold_id).where(_HELD_ACTION).exists()
    over = (actions.c.state == ActionState.CANCELLED) & (actions.c.ended_at > now - LATELY)
    parked = select(actions.c.action_id).where(actions.c.parked_at.is_not(None), or_(free, over))
    return parked.order_by(actions.c.parked_at)


async def put(
    tx: Transaction, audit: Audit, *, hold_id: str, on: HoldOn, by: str, why: str, **more: Any
) -> None:
    """Write a hold down, unless the same one stands."""
    row = {
        "hold_id": hold_id,
        "kind": on.kind.value,
        "target": on.target,
        "by": by,
        "why": why,
        "set_at": tx.now,
        "automated_only": False,
        **more,
    }
    if await tx.add_if_absent(holds, **row):
        facts = {"hold_id": hold_id, "kind": on.kind.value, "target": on.target}
        audit.append(tx, "", by, Event.HOLD_SET, **facts)


async def _views(tx: Transaction, rows: Iterable[Row[Any]]) -> list[Hold]:
    wanted = list(rows)
    if not wanted:
        return []
    ids = [row.hold_id for row in wanted]
    waiting = await _counted(tx, ids, actions, _PARKED & _HELD_ACTION)
    held = await _counted(tx, ids, cases, _WAITS_TO_BEGIN & _HELD_CASE)
    return [
        _view(row, Parked(cases=held.get(row.hold_id, 0), actions=waiting.get(row.hold_id, 0)))
        for row in wanted
    ]


async def _counted(
    tx: Transaction, ids: list[str], what: Table, waits_for: ColumnElement[bool]
) -> dict[str, int]:
    counted = (
        select(holds.c.hold_id, func.count().label("number"))
        .select_from(holds.join(what, waits_for))
        .where(holds.c.hold_id.in_(ids))
        .group_by(holds.c.hold_id)
    )
    return {row.hold_id: row.number for row in await tx.rows(counted)}


def _view(row: Row[Any], parks: Parked) -> Hold:
    return Hold(
        hold_id=row.hold_id,
        kind=HoldKind(row.kind),
        target=row.target,
        by=row.by,
        reason=row.why,
        set_at=row.set_at,
        automated_only=row.automated_only,
        case_id=row.case_id,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_reason=row.lifted_why,
        parks=parks,
    )
