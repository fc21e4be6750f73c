"""Golden cases: marked by a lead, and retired."""

import secrets
from typing import Any

from sqlalchemy import Row, select, update

from casework.errors import Conflict, Gone, NotFound
from casework.golden import Golden, Marked
from casework.identity import review_id
from casework.policy import Policy
from casework.words import HearingKind, Severity, Verdict
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.rows import measures_of, measures_text
from storage.tables import decisions, golden, reviews

WHY = "golden"
"""What the reason is sealed as."""


class GoldenBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)

    async def mark(self, marked: Marked, policy: Policy, by: str) -> Golden:
        """From now on this case is served to people who do not know it.

        Raises:
            NotFound: no such case, or nobody has decided it.
            Gone: its evidence was erased.
            Conflict: it is golden already.
        """

        async def work(tx: Transaction) -> Golden:
            case = await locked_case(tx, marked.case_id)
            await _is_decided(tx, case)
            key = await self._vault.key_of(tx, marked.case_id)
            row = {
                "golden_id": f"g-{secrets.token_hex(16)}",
                "case_id": marked.case_id,
                "round": case.round,
                "harm": case.harm,
                "severity": policy.severity,
                "desk": await _desk(tx, case, policy),
                "policy": case.harm,
                "policy_version": policy.version,
                "verdict": marked.verdict,
                "measures": measures_text(marked.measures),
                "sealed_why": key.seal(marked.why, WHY),
                "by": by,
                "at": tx.now,
            }
            if not await tx.add_if_absent(golden, **row):
                raise Conflict("this case is golden already")
            facts = {"golden_id": str(row["golden_id"]), "verdict": marked.verdict.value}
            self._audit.append(tx, marked.case_id, by, Event.GOLDEN_MARKED, **facts)
            return await self._golden(tx, await _found(tx, str(row["golden_id"])))

        return await self._database.write(work)

    async def retire(self, golden_id: str, by: str) -> Golden:
        """It is not served any more; what was answered stays. Repeating changes nothing.

        Raises NotFound.
        """

        async def work(tx: Transaction) -> Golden:
            row = await _found(tx, golden_id)
            if row.retired_at is None:
                this = golden.c.golden_id == golden_id
                await tx.execute(update(golden).where(this).values(retired_at=tx.now))
                facts = {"golden_id": golden_id}
                self._audit.append(tx, row.case_id, by, Event.GOLDEN_RETIRED, **facts)
            return await self._golden(tx, await _found(tx, golden_id))

        return await self._database.write(work)

    async def one(self, golden_id: str) -> Golden:
        """Raises NotFound."""

        async def work(tx: Transaction) -> Golden:
            return await self._golden(tx, await _found(tx, golden_id))

        return await self._database.read(work)

    async def standing(self, limit: int = 500) -> tuple[Golden, ...]:
        """Those that are served, the newest first."""

        async def work(tx: Transaction) -> tuple[Golden, ...]:
            rows = await tx.rows(
                select(golden)
                .where(golden.c.retired_at.is_(None))
                .order_by(golden.c.at.desc(), golden.c.golden_id)
                .limit(limit)
            )
            return tuple([await self._golden(tx, row) for row in rows])

        return await self._database.read(work)

    async def _golden(self, tx: Transaction, row: Row[Any]) -> Golden:
        return Golden(
            **{name: row._mapping[name] for name in _PLAIN},
            severity=Severity(row.severity),
            verdict=Verdict(row.verdict),
            measures=measures_of(row.measures),
            why=await why_of(tx, self._vault, row),
        )


_PLAIN = (
    "golden_id", "case_id", "round", "harm", "desk", "policy_version", "by", "at", "retired_at",
)  # fmt: skip


async def why_of(tx: Transaction, vault: Vault, row: Row[Any]) -> str:
    try:
        return (await vault.key_of(tx, row.case_id)).open(row.sealed_why, WHY)
    except Gone:
        return ""


async def _is_decided(tx: Transaction, case: Row[Any]) -> None:
    made = select(decisions.c.decision_id).where(
        decisions.c.case_id == case.case_id,
        decisions.c.round == case.round,
        decisions.c.hearing == HearingKind.FIRST.value,
    )
    if await tx.row(made) is None:
        raise NotFound("nobody has decided this case")


async def _desk(tx: Transaction, case: Row[Any], policy: Policy) -> str:
    asked = reviews.c.review_id == review_id(case.case_id, case.round, HearingKind.FIRST)
    desk = await tx.value(select(reviews.c.desk).where(asked))
    return str(desk or policy.review[0].desk)


async def _found(tx: Transaction, golden_id: str) -> Row[Any]:
    row = await tx.row(select(golden).where(golden.c.golden_id == golden_id))
    if row is None:
        raise NotFound("no such golden case")
    return row
