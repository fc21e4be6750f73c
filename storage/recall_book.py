"""Recalls as people see, approve and steer them: the `RecallBook` port, and what the gateway asks.

What is approved is the stored plan with its digest; nothing else is ever carried out.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from casework.errors import (
    AlreadyApproved,
    Conflict,
    NotApproved,
    NotFound,
    PlanExpired,
)
from casework.recalls import (
    APPROVALS_NEEDED,
    Progress,
    RecallFilter,
    RecallReport,
    RecallState,
    RecallView,
    Request,
)
from casework.records import Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.recall_plan import Planner, digest_of
from storage.recall_report import report_of
from storage.recall_views import approvals_of, progress_of, view_of
from storage.tables import recall_approvals, recall_items, recalls

_LONGEST_NAME = 200
_LATEST = 100


class RecallBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._planner = Planner(database, self._audit)

    # -- for people -------------------------------------------------------------------------------

    async def plan(self, request: Request, by: Person) -> RecallView:
        """Find what it would concern, and store it. Nothing moves.

        Raises:
            ConfirmationNeeded: it matches everything, and that was not confirmed.
            Forbidden: it concerns a harm out of the person's scope.
        """
        return await self.view(await self._planner.plan(request, by), by)

    async def view(self, recall_id: str, by: Person) -> RecallView:
        """Raises NotFound, also for a recall that concerns harms out of the person's scope."""

        async def work(tx: Transaction) -> RecallView:
            return await view_of(tx, _in_scope(await tx.row(_which(recall_id)), by))

        return await self._database.read(work)

    async def latest(self, by: Person) -> list[RecallView]:
        """The newest hundred in the person's scope."""

        async def work(tx: Transaction) -> list[RecallView]:
            newest = select(recalls).order_by(recalls.c.planned_at.desc(), recalls.c.recall_id)
            rows = await tx.rows(newest.limit(_LATEST))
            return [await view_of(tx, row) for row in rows if _covers(by, row)]

        return await self._database.read(work)

    async def approve(self, recall_id: str, by: Person, digest: str | None = None) -> RecallView:
        """One of the two yeses. `digest`: that of the plan the person has read.

        Raises:
            AlreadyApproved: by the same person.
            PlanExpired, Conflict, NotFound.
        """

        async def work(tx: Transaction) -> None:
            row = await _locked(tx, recall_id, by)
            _still_fresh(row, tx.now)
            if digest is not None and digest != row.digest:
                raise Conflict("this is not the digest of the plan")
            if row.state not in {RecallState.PLANNED, RecallState.APPROVED}:
                raise Conflict("the recall is %(state)s", state=row.state)
            yes = {"recall_id": recall_id, "person": by.id, "role": by.role.value}
            if not await tx.add_if_absent(recall_approvals, **yes, digest=row.digest, at=tx.now):
                raise AlreadyApproved("the second yes comes from somebody else")
            self._say(tx, by.id, Event.RECALL_APPROVED, recall_id, digest=row.digest)
            if len(await approvals_of(tx, recall_id)) >= APPROVALS_NEEDED:
                await _becomes(tx, recall_id, state=RecallState.APPROVED.value)

        await self._database.write(work)
        return await self.view(recall_id, by)

    async def start(self, recall_id: str, by: Person) -> RecallView:
        """Let it run. Repeating changes nothing.

        Raises:
            NotApproved: fewer than two people have said yes.
            PlanExpired, Conflict, NotFound.
        """

        async def work(tx: Transaction) -> None:
            row = await _locked(tx, recall_id, by)
            if row.started_at is not None:
                return
            _still_fresh(row, tx.now)
            if len(await approvals_of(tx, recall_id)) < APPROVALS_NEEDED:
                raise NotApproved("two people have to approve a recall before it starts")
            await _is_what_was_approved(tx, row)
            running = {"state": RecallState.RUNNING.value, "started_at": tx.now}
            await _becomes(tx, recall_id, **running)
            self._say(tx, by.id, Event.RECALL_STARTED, recall_id)

        await self._database.write(work)
        return await self.view(recall_id, by)

    async def pause(self, recall_id: str, by: Person) -> RecallView:
        """No further item begins. Repeating changes nothing. Raises Conflict, NotFound."""
        return await self._turn(recall_id, by, RecallState.PAUSED, Event.RECALL_PAUSED)

    async def resume(self, recall_id: str, by: Person) -> RecallView:
        """Go on where it was. Repeating changes nothing. Raises Conflict, NotFound."""
        return await self._turn(recall_id, by, RecallState.RUNNING, Event.RECALL_RESUMED)

    async def _turn(self, recall_id: str, by: Person, to: RecallState, event: Event) -> RecallView:
        async def work(tx: Transaction) -> None:
            row = await _locked(tx, recall_id, by)
            if row.state not in {RecallState.RUNNING, RecallState.PAUSED}:
                raise Conflict("the recall is %(state)s", state=row.state)
            if row.state == to:
                return
            paused_at = tx.now if to is RecallState.PAUSED else None
            await _becomes(tx, recall_id, state=to.value, paused_at=paused_at)
            self._say(tx, by.id, event, recall_id)

        await self._database.write(work)
        return await self.view(recall_id, by)

    # -- for the story ----------------------------------------------------------------------------

    async def state(self, recall_id: str) -> RecallState:
        """Raises NotFound."""
        row = await self._database.look(_which(recall_id))
        return RecallState(_found(row).state)

    async def progress(self, recall_id: str) -> Progress:
        return await self._database.read(lambda tx: progress_of(tx, recall_id))

    async def accountable(self, recall_id: str) -> str:
        """Who approved it, in that order. Raises NotApproved without two people."""
        yeses = await self._database.read(lambda tx: approvals_of(tx, recall_id))
        if len(yeses) < APPROVALS_NEEDED:
            raise NotApproved("nobody is accountable for this recall")
        both = ", ".join(yes.by for yes in yeses)
        return both if len(both) <= _LONGEST_NAME else yeses[-1].by

    async def finish(self, recall_id: str) -> RecallReport | None:
        """End it with its report; None while an item is not over. Repeating answers the same."""

        async def work(tx: Transaction) -> RecallReport | None:
            row = _found(await tx.row(_which(recall_id).with_for_update()))
            if row.report is not None:
                return RecallReport.model_validate_json(row.report)
            progress = await progress_of(tx, recall_id)
            if progress.over < progress.items:
                return None
            report = await report_of(tx, row)
            ended = {"state": RecallState.FINISHED.value, "finished_at": tx.now}
            await _becomes(tx, recall_id, **ended, report=report.model_dump_json())
            facts = {"undone": str(report.undone), "not_undone": str(len(report.not_undone))}
            self._say(tx, "casework", Event.RECALL_FINISHED, recall_id, **facts)
            return report

        return await self._database.write(work)

    def _say(self, tx: Transaction, by: str, event: Event, recall_id: str, **facts: str) -> None:
        self._audit.append(tx, "", by, event, recall_id=recall_id, **facts)


def _which(recall_id: str) -> Select[Any]:
    return select(recalls).where(recalls.c.recall_id == recall_id)


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("there is no such recall, or it is not in your scope")
    return row


def _in_scope(row: Row[Any] | None, by: Person) -> Row[Any]:
    """Which recalls exist out of somebody's scope is not told."""
    return _found(row if row is not None and _covers(by, row) else None)


def _covers(by: Person, row: Row[Any]) -> bool:
    return all(by.covers(harm) for harm in json.loads(row.harms))


async def _locked(tx: Transaction, recall_id: str, by: Person) -> Row[Any]:
    return _in_scope(await tx.row(_which(recall_id).with_for_update()), by)


async def _becomes(tx: Transaction, recall_id: str, **values: Any) -> None:
    await tx.execute(update(recalls).where(recalls.c.recall_id == recall_id).values(**values))


def _still_fresh(row: Row[Any], now: datetime) -> None:
    if now > row.expires_at and row.started_at is None:
        raise PlanExpired("the plan is too old: plan it again")


async def _is_what_was_approved(tx: Transaction, row: Row[Any]) -> None:
    """Raises Conflict when the stored items are not those that were approved."""
    parts = recall_items.c.case_id, recall_items.c.round, recall_items.c.borderline
    mine = recall_items.c.recall_id == row.recall_id
    items = await tx.rows(select(*parts).where(mine).order_by(recall_items.c.position))
    found = RecallFilter.model_validate_json(row.filter)
    told = digest_of(found, ((i.case_id, i.round, i.borderline) for i in items))
    yeses = select(recall_approvals.c.digest).where(recall_approvals.c.recall_id == row.recall_id)
    if {told} != {yes.digest for yes in await tx.rows(yeses)} | {row.digest}:
        raise Conflict("the stored plan is not the one that was approved")
