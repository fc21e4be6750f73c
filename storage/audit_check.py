"""Finds whatever was done to the audit trail, or behind its back, without the running system."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Table, select, text, true

from casework.base import Model
from storage import checkpoints, fingerprints
from storage.audit_chain import BEGINNING, digest_of, mac_of, same
from storage.audit_line import AuditLine, Event
from storage.checkpoints import Checkpoint
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.tables import actions, audit, cases, decisions, notices, strikes

_PAGE = 2_000
_MOST_OF_A_KIND = 100
"""A rewritten chain has as many problems as lines; nobody reads more than these."""


class Problem(Model):
    """`kind` is a stable word; `at` the line's number, or the row's id."""

    kind: str
    at: str
    detail: str


class Report(Model):
    lines: int
    checkpoints: int
    decisions: int
    actions: int
    strikes: int
    notices: int
    cases: int
    problems: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.problems


class _Findings:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._kinds: Counter[str] = Counter()

    def add(self, kind: str, at: object, detail: str) -> None:
        self._kinds[kind] += 1
        if self._kinds[kind] <= _MOST_OF_A_KIND:
            self.problems.append(Problem(kind=kind, at=str(at), detail=detail))


async def verify(database: Database, keyring: Keyring, checkpoints_file: Path | None) -> Report:
    """Read the whole trail and compare it with its signatures, its checkpoints and its tables.

    With None for the file, what was cut off at the end is not found.
    """
    noted = [] if checkpoints_file is None else checkpoints.read(checkpoints_file)
    found = _Findings()
    async with database.reading() as tx:
        if tx.is_postgresql:
            await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        chain = _Chain(keyring.audit, noted, found)
        try:
            async for row in _lines(tx):
                chain.follow(row)
        except ValueError:
            found.add("unreadable", chain.last, "the lines after it cannot even be read")
        chain.end()
        if checkpoints_file is not None and chain.last and not noted:
            found.add("checkpoints_missing", 0, "lines are there, and no checkpoint of them")
        counted = {
            kind.table.name: await _compare(tx, kind, chain.said[kind.word], found)
            for kind in _KINDS
        }
    return Report(
        lines=chain.lines,
        checkpoints=len(noted),
        **counted,
        problems=tuple(found.problems),
    )


class _Chain:
    """Follows the lines one by one and remembers what they last say of each row."""

    def __init__(self, key: bytes, noted: list[Checkpoint], found: _Findings) -> None:
        self._key = key
        self._found = found
        self._noted = dict(self._genuine(noted))
        self._before = BEGINNING
        self.last = 0
        self.lines = 0
        self.said: dict[str, dict[str, str]] = {kind.word: {} for kind in _KINDS}

    def follow(self, row: Row[Any]) -> None:
        if row.seq != self.last + 1:
            self._found.add("gap", row.seq, f"the line before it is {self.last}")
        self._check_line(row)
        expected = self._noted.get(row.seq)
        if expected is not None and not same(expected, row.digest):
            self._found.add("rewritten", row.seq, "not the line a checkpoint was made of")
        self._before, self.last = row.digest, row.seq
        self.lines += 1
        self._remember(row)

    def end(self) -> None:
        furthest = max(self._noted, default=0)
        if furthest > self.last:
            detail = f"a checkpoint knows {furthest} lines, and {self.last} are left"
            self._found.add("truncated", self.last, detail)

    def _check_line(self, row: Row[Any]) -> None:
        line = AuditLine(row.case_id, row.at, row.actor, row.event, {})
        if not same(digest_of(self._before, row.seq, line, row.facts), row.digest):
            self._found.add(
                "edited", row.seq, "does not follow from its content and the one before"
            )
        if not same(mac_of(self._key, row.digest), row.mac):
            self._found.add("unsigned", row.seq, "not signed with the audit key")

    def _remember(self, row: Row[Any]) -> None:
        for kind in _KINDS:
            if row.event in kind.events:
                facts = {**_facts(row), "case_id": row.case_id}
                self.said[kind.word][facts.get(kind.name.name, "")] = facts.get("row", "")

    def _genuine(self, noted: list[Checkpoint]) -> Iterator[tuple[int, str]]:
        for checkpoint in noted:
            if checkpoint.is_genuine(self._key):
                yield checkpoint.seq, checkpoint.digest
            else:
                detail = "this checkpoint is not signed with the audit key"
                self._found.add("checkpoint_forged", checkpoint.seq, detail)


class _Kind(Model, arbitrary_types_allowed=True):
    """Rows that lines tell of; a line of `always` has the row's fingerprint since the first day."""

    word: str
    table: Table
    name: Column[str]
    events: frozenset[Event]
    fingerprint: Callable[[Mapping[str, Any]], str]
    always: bool = False
    is_told_of: ColumnElement[bool] = true()
    """Which rows lines tell of at all."""


_KINDS = (
    _Kind(
        word="decision",
        table=decisions,
        name=decisions.c.decision_id,
        events=frozenset({Event.DECIDED}),
        fingerprint=fingerprints.of_decision,
        always=True,
    ),
    _Kind(
        word="action",
        table=actions,
        name=actions.c.action_id,
        events=frozenset(each for each in Event if each.startswith("action_")),
        fingerprint=fingerprints.of_action,
        always=True,
    ),
    _Kind(
        word="strike",
        table=strikes,
        name=strikes.c.decision_id,
        events=frozenset({Event.STRIKE_ADDED, Event.STRIKE_WITHDRAWN}),
        fingerprint=fingerprints.of_strike,
    ),
    _Kind(
        word="notice",
        table=notices,
        name=notices.c.notice_id,
        events=frozenset(
            {
                Event.NOTICE_RENDERED,
                Event.NOTICE_REWRITTEN,
                Event.NOTICE_DELIVERED,
                Event.NOTICE_WITHDRAWN,
            }
        ),
        fingerprint=fingerprints.of_notice,
    ),
    _Kind(
        word="case",
        table=cases,
        name=cases.c.case_id,
        events=frozenset(
            {
                Event.CASE_OPENED,
                Event.CASE_REOPENED,
                Event.CASE_MERGED,
                Event.CASE_SEPARATED,
                Event.CASE_CLOSED,
                Event.RECALLED,
            }
        ),
        fingerprint=fingerprints.of_outcome,
        is_told_of=cases.c.round > 0,
    ),
)


async def _compare(tx: Transaction, kind: _Kind, said: dict[str, str], found: _Findings) -> int:
    """Compare each row with what the trail last said of it; how many rows there are."""
    left, count = dict(said), 0
    try:
        async for row in _rows(tx, kind):
            count += 1
            _compare_row(kind, dict(row._mapping), left, found)
    except ValueError:
        found.add(f"{kind.word}_edited", "?", "there are rows that cannot even be read")
        return count
    for missing in left:
        found.add(f"{kind.word}_missing", missing, "the trail knows it, and there is no row")
    return count


def _compare_row(kind: _Kind, row: dict[str, Any], left: dict[str, str], found: _Findings) -> None:
    name = row[kind.name.name]
    digest = left.pop(name, None)
    if digest is None:
        found.add(f"{kind.word}_unrecorded", name, "the trail knows nothing of this row")
    elif not digest and not kind.always:
        return  # from before lines carried it
    elif not same(digest, kind.fingerprint(row)):
        found.add(f"{kind.word}_edited", name, "not what the trail last said of it")


async def _rows(tx: Transaction, kind: _Kind) -> AsyncIterator[Row[Any]]:
    last = ""
    while page := await tx.rows(
        select(kind.table).where(kind.is_told_of, kind.name > last).order_by(kind.name).limit(_PAGE)
    ):
        for row in page:
            yield row
        last = page[-1]._mapping[kind.name]


async def _lines(tx: Transaction) -> AsyncIterator[Row[Any]]:
    last = None
    while page := await tx.rows(_after(last)):
        for row in page:
            yield row
        last = page[-1].seq


def _after(last: int | None) -> Any:
    lines = select(audit).order_by(audit.c.seq).limit(_PAGE)
    return lines if last is None else lines.where(audit.c.seq > last)


def _facts(row: Row[Any]) -> dict[str, str]:
    """What a line says; an edited one may say nothing sensible, and is found by its digest."""
    try:
        facts = json.loads(row.facts)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
