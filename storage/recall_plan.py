"""Planning a recall: what it would concern is found and stored, and nothing moves."""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, text

from casework.errors import ConfirmationNeeded, Forbidden
from casework.identity import decision_id
from casework.recalls import (
    ActionCount,
    ItemState,
    LeftOut,
    LeftOutWhy,
    RecallCounts,
    RecallFilter,
    RecallState,
    Request,
)
from casework.records import Person
from casework.words import ActionKind, ActionState, HearingKind, NoticeKind
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.recall_search import anything_else, decided, undecided
from storage.tables import actions, notices, recall_items, recalls, strikes

_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Found:
    """One round of a case that would be recalled."""

    case_id: str
    round: int
    decision_id: str
    harm: str
    account_id: str
    borderline: bool
    is_open: bool


@dataclass(frozen=True)
class Finding:
    items: tuple[Found, ...]
    left_out: Counter[LeftOutWhy]
    matches_everything: bool

    @property
    def harms(self) -> list[str]:
        return sorted({item.harm for item in self.items})


class Planner:
    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def plan(self, request: Request, by: Person) -> str:
        """Store the plan; its id.

        Raises:
            ConfirmationNeeded, Forbidden: nothing is stored then.
        """
        finding = await self._database.read(lambda tx: _find(tx, request.filter))
        if finding.matches_everything and not request.everything:
            raise ConfirmationNeeded("this filter matches everything that was done automatically")
        if not all(by.covers(harm) for harm in _harms_of(request.filter, finding)):
            raise Forbidden("the recall concerns harms that are not in your scope")
        recall = f"rc-{secrets.token_hex(16)}"

        async def work(tx: Transaction) -> None:
            await self._keep(tx, recall, request, finding, by)

        await self._database.write(work)
        return recall

    async def _keep(
        self, tx: Transaction, recall: str, request: Request, finding: Finding, by: Person
    ) -> None:
        digest = digest_of(
            request.filter, ((i.case_id, i.round, i.borderline) for i in finding.items)
        )
        row = {
            "recall_id": recall,
            "state": RecallState.PLANNED.value,
            "filter": request.filter.model_dump_json(exclude_none=True),
            "matches_everything": finding.matches_everything,
            "pace": request.pace,
            "sample": request.sample,
            "items": len(finding.items),
            "harms": json.dumps(finding.harms),
            "counts": "{}",
            "digest": digest,
            "by": by.id,
            "planned_at": tx.now,
            "expires_at": tx.now + request.valid_for,
        }
        await tx.add(recalls, **row)
        await _keep_items(tx, recall, finding.items)
        counts = await _count(tx, recall, finding)
        mine = recalls.c.recall_id == recall
        await tx.execute(recalls.update().where(mine).values(counts=counts.model_dump_json()))
        facts = {"recall_id": recall, "digest": digest, "items": str(len(finding.items))}
        self._audit.append(tx, "", by.id, Event.RECALL_PLANNED, **facts)


def digest_of(found: RecallFilter, items: Iterable[tuple[str, int, bool]]) -> str:
    """What approvers agree to: the filter, and every item in its place. SHA-256, hexadecimal."""
    told = hashlib.sha256(found.model_dump_json(exclude_none=True).encode())
    for case_id, round_, borderline in items:
        told.update(f"\n{case_id}/{round_}/{int(borderline)}".encode())
    return told.hexdigest()


def _harms_of(found: RecallFilter, finding: Finding) -> list[str]:
    return finding.harms or ([found.policy] if found.policy else [])


async def _join_by_hashing(tx: Transaction) -> None:
    """PostgreSQL takes a table that has just filled for nearly empty, and asks row by row."""
    if tx.is_postgresql:
        await tx.execute(text("SET LOCAL enable_nestloop = off"))


async def _find(tx: Transaction, found: RecallFilter) -> Finding:
    await _join_by_hashing(tx)
    left_out: Counter[LeftOutWhy] = Counter()
    items = []
    for row in await tx.rows(decided(found)):
        why = _kept_out(row)
        if why is None:
            items.append(_found_decided(row))
        else:
            left_out[why] += 1
    for row in await tx.rows(undecided(found)):
        why = _kept_open(row, found)
        if why is None:
            items.append(_found_open(row))
        else:
            left_out[why] += 1
    nothing_else = bool(items) and await tx.row(anything_else(found)) is None
    return Finding(tuple(items), left_out, found.is_empty or nothing_else)


def _kept_out(row: Row[Any]) -> LeftOutWhy | None:
    if row.overridden:
        return LeftOutWhy.TAKEN_BACK_ALREADY
    if not row.automated:
        return LeftOutWhy.DECIDED_BY_A_PERSON
    return LeftOutWhy.UPHELD_ON_APPEAL if row.upheld else None


def _kept_open(row: Row[Any], found: RecallFilter) -> LeftOutWhy | None:
    if not row.round:
        return LeftOutWhy.NOT_BEGUN
    if row.others:
        return LeftOutWhy.OPEN_AND_CLAIMED_BY_OTHERS
    return LeftOutWhy.OPEN_AND_FOR_PEOPLE if found.detector is None else None


def _found_decided(row: Row[Any]) -> Found:
    return Found(
        case_id=row.case_id,
        round=row.round,
        decision_id=row.decision_id,
        harm=row.harm,
        account_id=row.account_id,
        borderline=bool(row.borderline),
        is_open=False,
    )


def _found_open(row: Row[Any]) -> Found:
    return Found(
        case_id=row.case_id,
        round=row.round,
        decision_id=decision_id(row.case_id, row.round, HearingKind.FIRST),
        harm=row.harm,
        account_id=row.account_id,
        borderline=False,
        is_open=True,
    )


async def _keep_items(tx: Transaction, recall: str, items: Sequence[Found]) -> None:
    rows = [
        {
            "recall_id": recall,
            "position": position,
            "case_id": item.case_id,
            "round": item.round,
            "decision_id": item.decision_id,
            "borderline": item.borderline,
            "state": ItemState.PENDING.value,
            "tries": 0,
            "owed": "[]",
            "changes": "[]",
            "notice_id": None,
            "note": "",
            "undone": 0,
            "cancelled": 0,
            "kept": 0,
            "strikes": 0,
            "notices_withdrawn": 0,
            "requeued": False,
            "while_open": item.is_open,
        }
        for position, item in enumerate(items)
    ]
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        await tx.execute(recall_items.insert(), rows[begin : begin + _ROWS_AT_ONCE])


async def _count(tx: Transaction, recall: str, finding: Finding) -> RecallCounts:
    await _join_by_hashing(tx)
    told = _of_it(recall, notices).where(notices.c.kind == NoticeKind.STATEMENT.value)
    standing = _of_it(recall, strikes).where(strikes.c.withdrawn_at.is_(None))
    delivered = notices.c.delivered_at.is_not(None)
    return RecallCounts(
        cases=len(finding.items),
        open_cases=sum(item.is_open for item in finding.items),
        borderline=sum(item.borderline for item in finding.items),
        accounts=len({item.account_id for item in finding.items}),
        statements=await tx.value(told.where(delivered)),
        undelivered=await tx.value(
            told.where(notices.c.delivered_at.is_(None), notices.c.withdrawn_at.is_(None))
        ),
        strikes=await tx.value(standing),
        actions=tuple(await _actions(tx, recall)),
        left_out=tuple(
            LeftOut(why=why, count=count) for why, count in sorted(finding.left_out.items())
        ),
    )


def _of_it(recall: str, table: Any) -> Select[int]:
    mine = recall_items.c.decision_id == table.c.decision_id
    return (
        select(func.count())
        .select_from(recall_items.join(table, mine))
        .where(recall_items.c.recall_id == recall)
    )


async def _actions(tx: Transaction, recall: str) -> list[ActionCount]:
    """Those that still stand or may still come; what is over has nothing to take back."""
    parts = actions.c.kind, actions.c.state, actions.c.harm
    rows = await tx.rows(
        select(*parts, func.count().label("number"))
        .select_from(
            recall_items.join(actions, recall_items.c.decision_id == actions.c.decision_id)
        )
        .where(recall_items.c.recall_id == recall, actions.c.withdrawn_at.is_(None))
        .group_by(*parts)
        .order_by(*parts)
    )
    return [
        ActionCount(
            kind=ActionKind(row.kind),
            state=ActionState(row.state),
            harm=row.harm,
            count=row.number,
        )
        for row in rows
    ]
