"""Media that nobody fetched because their host was not on the list, asked for again."""

from collections.abc import Callable
from typing import Any

from pydantic import NonNegativeInt
from sqlalchemy import ColumnElement, Row, Select, exists, or_, select, true, update

from casework.base import Model
from casework.detection import Media
from casework.errors import Gone
from casework.records import Person
from casework.snapshots import NotShown, SnapshotState
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import KEY, Vault
from storage.keys import Keyring
from storage.snapshots import ADDRESS
from storage.tables import case_keys, cases, reviews, snapshots

AT_ONCE = 500
"""So many are looked at in one call."""
_REFUSED = (snapshots.c.state == SnapshotState.FAILED.value) & (
    snapshots.c.failure == NotShown.NOT_FETCHED.value
)
_HAS_AN_OPEN_REVIEW = exists().where(
    reviews.c.case_id == cases.c.case_id, reviews.c.state == "open"
)
_IS_LOOKED_AT = or_(cases.c.closed_at.is_(None), _HAS_AN_OPEN_REVIEW)


class AskedAgain(Model):
    """`next` goes on after the last that was looked at; nothing is left when it is empty."""

    looked_at: NonNegativeInt
    asked_again: NonNegativeInt
    next: str | None = None


class RefusedMedia:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)

    async def ask_again(
        self, by: Person, leads_there: Callable[[str], bool], after: str = ""
    ) -> AskedAgain:
        """Have fetched what was refused and leads there, of cases that somebody may still look at.

        Asking twice changes nothing: what is on its way was not refused. What is refused again can
        be asked for again.
        """
        rows = await self._database.read(lambda tx: tx.rows(_refused(by, after)))
        found = [row for row in rows if self._leads(row, leads_there)]
        asked = await self._database.write(lambda tx: self._ask(tx, by, found)) if found else 0
        last = rows[-1].snapshot_id if len(rows) == AT_ONCE else None
        return AskedAgain(looked_at=len(rows), asked_again=asked, next=last)

    def _leads(self, row: Row[Any], leads_there: Callable[[str], bool]) -> bool:
        try:
            said = self._vault.opened(row.case_id, row).open(row.sealed, ADDRESS)
        except Gone:
            return False
        return leads_there(Media.model_validate_json(said).url)

    async def _ask(self, tx: Transaction, by: Person, found: list[Row[Any]]) -> int:
        asked = 0
        for row in found:
            mine = update(snapshots).where(_REFUSED, snapshots.c.snapshot_id == row.snapshot_id)
            anew = {"state": SnapshotState.WANTED.value, "failure": None, "attempts": 0}
            done = await tx.execute(mine.values(asked_at=tx.now, due_at=tx.now, **anew))
            if done.rowcount:
                asked += 1
                facts = {"snapshot_id": row.snapshot_id, "outcome": "asked_again"}
                self._audit.append(tx, row.case_id, by.id, Event.SNAPSHOT, **facts)
        return asked


def _refused(by: Person, after: str) -> Select[Any]:
    return (
        select(snapshots.c.snapshot_id, snapshots.c.case_id, snapshots.c.sealed, *KEY)
        .join(cases, cases.c.case_id == snapshots.c.case_id)
        .join(case_keys, case_keys.c.case_id == snapshots.c.case_id)
        .where(_REFUSED, _IS_LOOKED_AT, _in_scope(by), snapshots.c.snapshot_id > after)
        .order_by(snapshots.c.snapshot_id)
        .limit(AT_ONCE)
    )


def _in_scope(by: Person) -> ColumnElement[bool]:
    return true() if "*" in by.harms else cases.c.harm.in_(sorted(by.harms))
