"""Looking things up, for people, consoles and reconcilers. Nothing here changes anything."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, tuple_

from casework.errors import Gone, Malformed, NotFound
from casework.orders import CaseStart
from casework.records import Person
from casework.words import ActionState, NoticeKind, Outcome, Severity, Stage
from storage import blindness
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.papers import NOTICE
from storage.queue_reads import stats
from storage.queue_work import work_of
from storage.read_models import (
    AccountHistory,
    CaseFilters,
    CasePage,
    CaseView,
    Counts,
    LaterItem,
    NoteView,
    NoticeView,
    QueueStat,
    QueueWork,
    ReviewView,
    TimelineEntry,
)
from storage.review_reads import page
from storage.rows import account_of, item_of
from storage.tables import Utc, actions, appeals, audit, cases, detections, notices

__all__ = [
    "AccountHistory",
    "CaseFilters",
    "CasePage",
    "CaseView",
    "Counts",
    "LaterItem",
    "NoteView",
    "NoticeView",
    "QueueStat",
    "QueueWork",
    "Reads",
    "ReviewView",
    "TimelineEntry",
]

_LARGEST_PAGE = 200


class Reads:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)

    async def case(self, case_id: str) -> CaseView:
        """Raises NotFound."""

        async def work(tx: Transaction) -> CaseView:
            row = await tx.row(select(cases).where(cases.c.case_id == case_id))
            if row is None:
                raise NotFound("no such case")
            return (await _views(tx, [row]))[0]

        return await self._database.read(work)

    async def cases(
        self, filters: CaseFilters, cursor: str | None = None, limit: int = 50
    ) -> CasePage:
        """Newest first. Raises Malformed for a cursor that is none of ours."""
        wanted = min(max(limit, 1), _LARGEST_PAGE)

        async def work(tx: Transaction) -> CasePage:
            rows = await tx.rows(_chosen(filters, cursor).limit(wanted + 1))
            items = await _views(tx, rows[:wanted])
            more = _cursor(rows[wanted - 1]) if len(rows) > wanted else None
            return CasePage(items=tuple(items), next=more)

        return await self._database.read(work)

    async def timeline(self, case_id: str) -> list[TimelineEntry]:
        """Oldest first, all of it. Raises NotFound."""
        return await self._database.read(lambda tx: _lines(tx, case_id))

    async def timeline_for(self, person: Person, case_id: str) -> list[TimelineEntry]:
        """As far as this person may know it: a second person not what the first has answered."""

        async def work(tx: Transaction) -> list[TimelineEntry]:
            lines = await _lines(tx, case_id)
            return await blindness.as_seen_by(tx, self._vault, lines, person)

        return await self._database.read(work)

    async def review_page(self, review_id: str) -> ReviewView:
        """Raises NotFound. Who shows it to somebody writes `evidence_viewed` down."""
        return await self._database.read(lambda tx: page(tx, self._vault, review_id))

    async def queue_stats(self) -> list[QueueStat]:
        """Every desk with open reviews, and `appeals` over all desks."""
        return await self._database.read(stats)

    async def queue_work(self) -> list[QueueWork]:
        """As `queue_stats`, with what takes more than counting."""

        async def found(tx: Transaction) -> list[QueueWork]:
            return await work_of(tx, await stats(tx))

        return await self._database.read(found)

    async def open_cases(self, older_than: timedelta, limit: int = 500) -> list[CaseStart]:
        """Not closed, and in this round for at least so long, oldest first."""

        async def work(tx: Transaction) -> list[CaseStart]:
            rows = await tx.rows(
                select(cases.c.case_id, cases.c.harm)
                .where(cases.c.closed_at.is_(None))
                .where(cases.c.round_opened_at <= tx.now - older_than)
                .order_by(cases.c.round_opened_at)
                .limit(limit)
            )
            return [CaseStart(**row._mapping) for row in rows]

        return await self._database.read(work)

    async def counts(self) -> Counts:
        async def work(tx: Transaction) -> Counts:
            stages = await _by(tx, cases.c.stage)
            outcomes = await _by(tx, cases.c.outcome)
            states = await _by(tx, actions.c.state)
            return Counts(
                detections=await _count(tx, detections.c.detection_id),
                cases=sum(stages.values()),
                stages={Stage(name): number for name, number in stages.items()},
                outcomes={Outcome(name): n for name, n in outcomes.items() if name},
                actions={ActionState(name): number for name, number in states.items()},
                notices=await _count(tx, notices.c.notice_id),
                delivered=await _count(tx, notices.c.delivered_at),
                appeals=await _count(tx, appeals.c.appeal_id),
            )

        return await self._database.read(work)

    async def notices_of(self, case_id: str) -> list[NoticeView]:
        """Oldest first. The subject is empty once the evidence was erased."""

        async def work(tx: Transaction) -> list[NoticeView]:
            rows = await tx.rows(
                select(notices)
                .where(notices.c.case_id == case_id)
                .order_by(notices.c.rendered_at, notices.c.notice_id)
            )
            return [await self._notice(tx, row) for row in rows]

        return await self._database.read(work)

    async def _notice(self, tx: Transaction, row: Row[Any]) -> NoticeView:
        try:
            key = await self._vault.key_of(tx, row.case_id)
            subject = key.open(row.sealed_subject, NOTICE)
        except Gone:
            subject = ""
        return NoticeView(
            notice_id=row.notice_id,
            decision_id=row.decision_id,
            kind=NoticeKind(row.kind),
            subject=subject,
            rendered_at=row.rendered_at,
            delivered_at=row.delivered_at,
            channels=tuple(json.loads(row.channels)),
        )


async def _lines(tx: Transaction, case_id: str) -> list[TimelineEntry]:
    rows = await tx.rows(select(audit).where(audit.c.case_id == case_id).order_by(audit.c.seq))
    known = select(cases.c.case_id).where(cases.c.case_id == case_id)
    if not rows or await tx.row(known) is None:
        raise NotFound("no such case")
    return [
        TimelineEntry(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            event=row.event,
            facts=json.loads(row.facts),
        )
        for row in rows
    ]


async def _views(tx: Transaction, rows: Sequence[Row[Any]]) -> list[CaseView]:
    ids: dict[str, list[str]] = {row.case_id: [] for row in rows}
    found = await tx.rows(
        select(detections.c.case_id, detections.c.detection_id)
        .where(detections.c.case_id.in_(ids))
        .order_by(detections.c.received_at, detections.c.detection_id)
    )
    for detection in found:
        ids[detection.case_id].append(detection.detection_id)
    return [_view(row, tuple(ids[row.case_id])) for row in rows]


def _view(row: Row[Any], detection_ids: tuple[str, ...]) -> CaseView:
    return CaseView(
        case_id=row.case_id,
        detection_ids=detection_ids,
        harm=row.harm,
        severity=Severity(row.severity) if row.severity else None,
        stage=Stage(row.stage),
        outcome=Outcome(row.outcome) if row.outcome else None,
        blocked_on=row.blocked_on or None,
        deadline=row.deadline,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        policy_version=row.policy_version,
        item=item_of(row),
        account=account_of(row),
        queue=row.queue,
    )


def _chosen(filters: CaseFilters, cursor: str | None) -> Select[Any]:
    query = select(cases).order_by(cases.c.opened_at.desc(), cases.c.case_id.desc())
    for column, wanted in (
        (cases.c.harm, filters.harm),
        (cases.c.stage, filters.stage),
        (cases.c.queue, filters.queue),
        (cases.c.account_id, filters.account),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if "*" not in filters.harms:
        query = query.where(cases.c.harm.in_(filters.harms))
    if filters.since is not None:
        query = query.where(cases.c.opened_at >= filters.since)
    if filters.detector is not None:
        said = select(detections.c.case_id).where(detections.c.detector == filters.detector)
        query = query.where(cases.c.case_id.in_(said))
    if cursor is not None:
        opened_at, case_id = _after(cursor)
        last = tuple_(literal(opened_at, Utc()), literal(case_id))
        query = query.where(tuple_(cases.c.opened_at, cases.c.case_id) < last)
    return query


def _cursor(row: Row[Any]) -> str:
    said = json.dumps([row.opened_at.isoformat(), row.case_id])
    return base64.urlsafe_b64encode(said.encode()).decode()


def _after(cursor: str) -> tuple[datetime, str]:
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(case_id, str):
            raise ValueError
    except (ValueError, TypeError):
        raise Malformed("not a cursor of ours") from None
    return moment, case_id


async def _by(tx: Transaction, column: Any) -> dict[str, int]:
    grouped = select(column.label("name"), func.count().label("number")).group_by(column)
    return {row.name: row.number for row in await tx.rows(grouped)}


async def _count(tx: Transaction, column: Any) -> int:
    """How many rows have a value there."""
    return int(await tx.value(select(func.count(column))))
