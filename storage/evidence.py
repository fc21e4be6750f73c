"""What is kept sealed, under a key of the case's own that can be destroyed."""

import secrets
from typing import Any

from sqlalchemy import Row, Select, select, update

from casework.errors import Conflict, Gone
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.forgetting import forget
from storage.keys import Keyring, seal, unseal
from storage.lapsing import Lapsed, lapse
from storage.ledger import locked_case
from storage.tables import case_keys, detections, holds, rereviews

_KEY = 32
KEY = case_keys.c.master, case_keys.c.wrapped
"""The columns that a case's key is opened from."""


class CaseKey:
    """Seals and opens what belongs to one case. Each use is bound to the case and to what it is."""

    def __init__(self, case_id: str, key: bytes) -> None:
        self._case_id = case_id
        self._key = key

    def seal(self, text: str, what: str) -> bytes:
        return seal(self._key, text.encode(), f"{self._case_id}\x1f{what}")

    def open(self, sealed: bytes, what: str) -> str:
        """Raises Gone when it was not sealed with this key, for this case, as this."""
        return unseal(self._key, sealed, f"{self._case_id}\x1f{what}").decode()

    def seal_bytes(self, content: bytes, what: str) -> bytes:
        return seal(self._key, content, f"{self._case_id}\x1f{what}")

    def open_bytes(self, sealed: bytes, what: str) -> bytes:
        """Raises Gone when it was not sealed with this key, for this case, as this."""
        return unseal(self._key, sealed, f"{self._case_id}\x1f{what}")


class Vault:
    """Keeps the case keys, each wrapped by a master key that is not in the database."""

    def __init__(self, keyring: Keyring) -> None:
        self._masters = keyring.evidence

    async def key_of(self, tx: Transaction, case_id: str) -> CaseKey:
        """The case's key.

        Raises:
            Gone: when it was erased, or there never was one.
        """
        return self.opened(
            case_id, await tx.row(select(*KEY).where(case_keys.c.case_id == case_id))
        )

    def opened(self, case_id: str, kept: Row[Any] | None) -> CaseKey:
        """The case's key out of a row that has the columns of `KEY`.

        Raises:
            Gone: when there is no such row, or nothing in it.
        """
        if kept is None or kept.wrapped is None:
            raise Gone("the evidence of this case has been erased")
        return CaseKey(case_id, unseal(self._masters.named(kept.master), kept.wrapped, case_id))

    async def key_for(self, tx: Transaction, case_id: str) -> CaseKey:
        """The case's key, made now if there is none. What an erased key sealed stays unreadable."""
        kept = await tx.row(select(*KEY).where(case_keys.c.case_id == case_id))
        return await self.opened_or_made(tx, case_id, kept)

    async def opened_or_made(self, tx: Transaction, case_id: str, kept: Row[Any] | None) -> CaseKey:
        try:
            return self.opened(case_id, kept)
        except Gone:
            return await self.make(tx, case_id)

    async def make(self, tx: Transaction, case_id: str) -> CaseKey:
        """A new key, for a case that has none or had its one erased."""
        key = secrets.token_bytes(_KEY)
        values = {
            "master": self._masters.current,
            "wrapped": seal(self._masters.key, key, case_id),
            "made_at": tx.now,
            "erased_at": None,
        }
        if not await tx.add_if_absent(case_keys, case_id=case_id, **values):
            await tx.execute(
                update(case_keys).where(case_keys.c.case_id == case_id).values(**values)
            )
        return CaseKey(case_id, key)


class EvidenceRoom:
    """Destroys evidence for good, by destroying the only key that opens it."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def erase_evidence(self, case_id: str, by: str = "casework") -> None:
        """Make everything sealed for this case unreadable. Repeating changes nothing.

        Raises:
            NotFound: when there is no such case.
            Conflict: while a hold keeps its evidence.
        """

        async def work(tx: Transaction) -> None:
            await locked_case(tx, case_id)
            if await tx.row(_hold_on(case_id)):
                raise Conflict("a hold keeps the evidence of this case")
            sealed = (case_keys.c.case_id == case_id) & case_keys.c.wrapped.is_not(None)
            gone = update(case_keys).where(sealed).values(wrapped=None, erased_at=tx.now)
            if (await tx.execute(gone)).rowcount:
                mine = detections.c.case_id == case_id
                await tx.execute(update(detections).where(mine).values(has_text=False))
                await forget(tx, case_id)
                await lapse(tx, self._audit, rereviews.c.case_id == case_id, Lapsed.ERASED)
                self._audit.append(tx, case_id, by, Event.EVIDENCE_ERASED)

        await self._database.write(work)


def _hold_on(case_id: str) -> Select[tuple[str]]:
    return select(holds.c.hold_id).where(
        holds.c.kind == "evidence", holds.c.target == case_id, holds.c.lifted_at.is_(None)
    )
