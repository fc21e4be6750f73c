"""The ledger of steps: what a step of a case answered, kept in the commit that did it."""

from typing import Any

from sqlalchemy import Row, Select, Update, select

from casework.errors import NotFound
from storage import fingerprints
from storage.engine import Transaction
from storage.tables import cases, steps


async def kept(tx: Transaction, case_id: str, step: str) -> str | None:
    """What this step answered when it ran, None if it has not."""
    ran = await tx.row(answered(case_id, step))
    return None if ran is None else str(ran.result)


def answered(case_id: str, step: str) -> Select[tuple[str]]:
    return select(steps.c.result).where(steps.c.case_id == case_id, steps.c.step == step)


async def keep(tx: Transaction, case_id: str, step: str, result: str) -> None:
    await tx.add(steps, case_id=case_id, step=step, at=tx.now, result=result)


async def locked_case(tx: Transaction, case_id: str) -> Row[Any]:
    """The case's row; nobody else changes the case until the commit.

    Taken before every other lock of a transaction, so that no two wait for each other.

    Raises:
        NotFound: when there is no such case.
    """
    case = await tx.row(
        select(cases).where(cases.c.case_id == case_id).with_for_update(key_share=True)
    )
    if case is None:
        raise NotFound("no such case")
    return case


async def changed_case(tx: Transaction, change: Update) -> str:
    """Change this one case's row; the fingerprint of how it stands then, for its audit line."""
    row = await tx.row(change.returning(*cases.c))
    assert row is not None  # it was locked before
    return fingerprints.of_outcome(dict(row._mapping))
