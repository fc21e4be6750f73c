"""Notices and whom they have reached: the `NoticeBook` port."""

import json
from typing import Any

from sqlalchemy import Row, Select, select, update

from casework.durations import Period
from casework.errors import NotConfirmed, NotFound
from casework.records import Statement
from casework.words import NoticeKind
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import KEY, Vault
from storage.keys import Keyring
from storage.papers import NOTICE, Papers
from storage.rows import account_of
from storage.tables import case_keys, notices

_HAS_THE_KEY = case_keys.c.case_id == notices.c.case_id


class NoticeBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._papers = Papers(Audit(database, keyring))

    async def statement(self, notice_id: str) -> Statement:
        """Raises NotFound; Gone once the case's evidence was erased."""
        with_key = _which(notice_id).add_columns(*KEY).outerjoin(case_keys, _HAS_THE_KEY)
        row = _found(await self._database.look(with_key))
        key = self._vault.opened(row.case_id, row)
        return Statement(
            notice_id=row.notice_id,
            decision_id=row.decision_id,
            case_id=row.case_id,
            kind=NoticeKind(row.kind),
            account=account_of(row),
            subject=key.open(row.sealed_subject, NOTICE),
            body=key.open(row.sealed_body, NOTICE),
            appeal_within=period_of(row),
        )

    async def delivered_over(self, notice_id: str) -> frozenset[str] | None:
        """The channels that have taken this notice already; None when it was withdrawn."""
        row = _found(await self._database.look(_which(notice_id)))
        return None if row.withdrawn_at is not None else frozenset(json.loads(row.channels))

    async def mark_delivered(self, notice_id: str, channel: str) -> None:
        """Repeating changes nothing."""

        async def work(tx: Transaction) -> None:
            row = await locked_notice(tx, notice_id)
            before = json.loads(row.channels)
            if channel not in before:
                taken = json.dumps([*before, channel])
                mine = notices.c.notice_id == notice_id
                await tx.execute(update(notices).where(mine).values(channels=taken))

        await self._database.write(work)

    async def may_tell_change(self, notice_id: str) -> None:
        """Raises NotConfirmed while the decision's own statement is on its way; NotFound."""

        async def work(tx: Transaction) -> None:
            change = await notice_row(tx, notice_id)
            untold = select(notices.c.notice_id).where(
                notices.c.decision_id == change.decision_id,
                notices.c.kind != NoticeKind.CHANGE,
                notices.c.delivered_at.is_(None),
                notices.c.withdrawn_at.is_(None),
            )
            if await tx.row(untold.limit(1)) is not None:
                raise NotConfirmed("the statement that this changes is not delivered")

        await self._database.read(work)

    async def complete(self, notice_id: str) -> None:
        """All channels have it: the appeal window begins now. Repeating changes nothing."""

        async def work(tx: Transaction) -> None:
            untold = (notices.c.notice_id == notice_id) & notices.c.delivered_at.is_(None)
            told = update(notices).where(untold).values(delivered_at=tx.now)
            row = await tx.row(told.returning(*notices.c))
            if row is None:
                await notice_row(tx, notice_id)
                return
            channels = ",".join(json.loads(row.channels))
            said = dict(row._mapping)
            self._papers.tell_of_notice(tx, said, Event.NOTICE_DELIVERED, channels=channels)

        await self._database.write(work)


async def notice_row(tx: Transaction, notice_id: str) -> Row[Any]:
    """Raises NotFound."""
    return _found(await tx.row(_which(notice_id)))


async def locked_notice(tx: Transaction, notice_id: str) -> Row[Any]:
    """The same, and nobody else changes it until the commit."""
    return _found(await tx.row(_which(notice_id).with_for_update()))


def _which(notice_id: str) -> Select[Any]:
    return select(notices).where(notices.c.notice_id == notice_id)


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("no such notice")
    return row


def period_of(row: Row[Any]) -> Period | None:
    return None if row.appeal_within is None else Period.parse(row.appeal_within)
