"""The audit trail: one chain of lines for everything, appended in the commit that did it."""

from functools import partial

from sqlalchemy import select, text

from casework.errors import Malformed
from storage.audit_chain import BEGINNING, digest_of, facts_text, mac_of
from storage.audit_line import AuditLine, Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.tables import audit

_CHAIN_LOCK = 0x6361_7365_6175
"""The PostgreSQL advisory lock held from reading the end of the chain to the commit."""
_LONGEST_FACT = 300


class Audit:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._key = keyring.audit

    def append(
        self, tx: Transaction, case_id: str, actor: str, event: Event | str, **facts: str
    ) -> None:
        """Add a line to what this transaction commits.

        Lines get their numbers last of all, just before the commit, so that the end of the chain
        is locked as briefly as possible.
        """
        too_long = [name for name, fact in facts.items() if len(fact) > _LONGEST_FACT]
        if too_long:
            raise Malformed("audit facts are short: %(names)s", names=", ".join(too_long))
        tx.audit_lines.append(AuditLine(case_id, tx.now, actor, str(event), facts))
        tx.last_act = partial(self._write, tx)

    async def write_down(self, case_id: str, actor: str, event: Event | str, **facts: str) -> None:
        """One line in a commit of its own: a page, a look at evidence. No user content."""

        async def work(tx: Transaction) -> None:
            self.append(tx, case_id, actor, event, **facts)

        await self._database.write(work)

    async def _write(self, tx: Transaction) -> None:
        if tx.is_postgresql:
            await tx.execute(text(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})"))
        end = await tx.row(
            select(audit.c.seq, audit.c.digest).order_by(audit.c.seq.desc()).limit(1)
        )
        last, digest = (end.seq, end.digest) if end else (0, BEGINNING)
        rows = []
        for seq, line in enumerate(tx.audit_lines, start=last + 1):
            facts = facts_text(line.facts)
            digest = digest_of(digest, seq, line, facts)
            rows.append(
                {
                    "seq": seq,
                    "case_id": line.case_id,
                    "at": line.at,
                    "actor": line.actor,
                    "event": line.event,
                    "facts": facts,
                    "digest": digest,
                    "mac": mac_of(self._key, digest),
                }
            )
        await tx.execute(audit.insert(), rows)
