"""What waits and must not be left lying, and would be served to nobody who works here now."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from casework.base import Model, Moment, Slug
from casework.care import CareRules
from casework.handoffs import HandoffState
from casework.queueing import QueueRules, queues_of
from casework.words import HearingKind, Severity
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.people_there import colleagues, served_at
from storage.serving import IS_OPEN, is_awake, is_unclaimed
from storage.tables import audit, handoffs, reviews

_MOST = 5_000
"""So many are watched, what is due first before all others."""
_BY = "casework"


class Unserved(Model):
    """A review that somebody has to be found for."""

    review_id: str
    case_id: str
    hearing: HearingKind
    harm: Slug
    severity: Severity
    desk: Slug
    due_at: Moment

    @property
    def queues(self) -> frozenset[str]:
        return queues_of(self.desk, self.hearing)


class UnservedBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def now(self, rules: QueueRules, care: CareRules) -> list[Unserved]:
        """Of what is critical or soon due, whatever no colleague would be served; the first due
        first.

        A rest or a limit that is over within the office's own break keeps nothing from anybody:
        whoever pauses comes back.
        """
        return await self._database.read(lambda tx: _unserved(tx, rules, care))

    async def uncalled(self, found: Iterable[Unserved]) -> list[Unserved]:
        """Those of these that nobody was called about yet."""
        asked = list(found)

        async def work(tx: Transaction) -> list[Unserved]:
            known = await _called(tx, {each.case_id for each in asked})
            return [each for each in asked if each.review_id not in known]

        return await self._database.read(work)

    async def called(self, one: Unserved) -> None:
        """Write down that somebody was called about it. Repeating changes nothing."""

        async def work(tx: Transaction) -> None:
            await locked_case(tx, one.case_id)
            if one.review_id not in await _called(tx, {one.case_id}):
                facts = {"review_id": one.review_id, "desk": one.desk}
                self._audit.append(tx, one.case_id, _BY, Event.REVIEW_UNSERVED, **facts)

        await self._database.write(work)


async def _unserved(tx: Transaction, rules: QueueRules, care: CareRules) -> list[Unserved]:
    left = {row.review_id: row for row in await tx.rows(_watched(tx.now, rules))}
    for colleague in await colleagues(tx) if left else ():
        conditions = await served_at(tx, colleague, care, tx.now + care.break_lasts)
        if conditions is None:
            continue
        these = reviews.c.review_id.in_(list(left))
        for row in await tx.rows(select(reviews.c.review_id).where(these, *conditions)):
            del left[row.review_id]
        if not left:
            break
    return [Unserved(**row._mapping) for row in left.values()]


def _watched(now: datetime, rules: QueueRules) -> Select[Any]:
    is_pressing = or_(
        reviews.c.severity == Severity.CRITICAL.value,
        reviews.c.due_at <= now + rules.watched_before,
    )
    return (
        select(*(reviews.c[name] for name in Unserved.model_fields))
        .where(IS_OPEN, is_unclaimed(now), is_awake(now), is_pressing, _somebody_waits())
        .where(~_is_handed_out())
        .order_by(reviews.c.due_at, reviews.c.review_id)
        .limit(_MOST)
    )


def _somebody_waits() -> ColumnElement[bool]:
    """Nobody waits for a second look."""
    return reviews.c.hearing != HearingKind.QUALITY.value


def _is_handed_out() -> ColumnElement[bool]:
    """Another team's tool has it, from the desk where it lies."""
    with_them = (HandoffState.ASKED.value, HandoffState.SENT.value)
    theirs = select(handoffs.c.handoff_id).where(
        handoffs.c.review_id == reviews.c.review_id,
        handoffs.c.desk == reviews.c.desk,
        handoffs.c.state.in_(with_them),
    )
    return theirs.exists()


async def _called(tx: Transaction, case_ids: Iterable[str]) -> set[str]:
    """The reviews of these cases that somebody was called about."""
    said: Sequence[Any] = await tx.rows(
        select(audit.c.facts).where(
            audit.c.case_id.in_(list(case_ids)), audit.c.event == Event.REVIEW_UNSERVED.value
        )
    )
    return {json.loads(row.facts)["review_id"] for row in said}
