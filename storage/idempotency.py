"""Answers kept for a day, so that a repeated request gets the same one."""

import hmac
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update

from casework.base import Model
from casework.errors import Conflict, IdempotencyConflict
from storage.engine import Database, Transaction
from storage.keys import Key, Keyring, seal, unseal
from storage.tables import idempotency

_KEPT_FOR = timedelta(hours=25)
"""A little more than the 24 hours that are promised."""
_ANSWERED_WITHIN = timedelta(seconds=60)
"""After this a request without an answer counts as died, and may be answered by somebody else."""


class Stored(Model):
    """An answer given before."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Kept(Model):
    key_id: str
    headers: dict[str, str]
    body: Key


class Idempotency:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keys = keyring.evidence

    async def remember(self, caller: str, key: str, digest: bytes) -> Stored | None:
        """The answer kept for this request; None when it is to be answered now, by the caller.

        Raises:
            IdempotencyConflict: the key was used with another body.
            Conflict: the same request is being answered at this moment.
        """

        async def work(tx: Transaction) -> Stored | None:
            fresh = {"digest": digest, "at": tx.now, "status": None, "sealed": None}
            if await tx.add_if_absent(idempotency, caller=caller, key=key, **fresh):
                return None
            row = (
                await tx.execute(select(idempotency).where(_is(caller, key)).with_for_update())
            ).one()
            if _is_over(row, tx):
                await tx.execute(update(idempotency).where(_is(caller, key)).values(**fresh))
                return None
            if not hmac.compare_digest(row.digest, digest):
                raise IdempotencyConflict("this Idempotency-Key was used for another request")
            if row.status is None:
                raise Conflict("the same request is being answered at this moment")
            return self._opened(row)

        return await self._database.write(work)

    async def keep(
        self, caller: str, key: str, digest: bytes, status: int, body: bytes,
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        """Keep the answer for a day, sealed: it may show what only this caller may see."""
        values = {
            "digest": digest,
            "status": status,
            "sealed": self._sealed(caller, key, body, headers),
        }

        async def work(tx: Transaction) -> None:
            kept = await tx.execute(
                update(idempotency).where(_is(caller, key)).values(at=tx.now, **values)
            )
            if not kept.rowcount:
                await tx.add_if_absent(idempotency, caller=caller, key=key, at=tx.now, **values)

        await self._database.write(work)

    async def drop(self, caller: str, key: str) -> None:
        """Forget a request that could not be answered, so that it may be tried again at once."""
        unanswered = delete(idempotency).where(_is(caller, key), idempotency.c.status.is_(None))

        async def work(tx: Transaction) -> None:
            await tx.execute(unanswered)

        await self._database.write(work)

    async def sweep(self) -> int:
        """Delete answers older than a day; how many."""

        async def work(tx: Transaction) -> int:
            old = idempotency.c.at < tx.now - _KEPT_FOR
            return (await tx.execute(delete(idempotency).where(old))).rowcount

        return await self._database.write(work)

    def _sealed(self, caller: str, key: str, body: bytes, headers: dict[str, str]) -> bytes:
        sealed = seal(self._keys.key, body, f"{caller}\x1f{key}")
        kept = _Kept(key_id=self._keys.current, headers=headers, body=sealed)
        return kept.model_dump_json().encode()

    def _opened(self, row: Row[Any]) -> Stored:
        kept = _Kept.model_validate_json(row.sealed)
        body = unseal(self._keys.named(kept.key_id), kept.body, f"{row.caller}\x1f{row.key}")
        return Stored(status=row.status, headers=kept.headers, body=body)


def _is(caller: str, key: str) -> ColumnElement[bool]:
    return (idempotency.c.caller == caller) & (idempotency.c.key == key)


def _is_over(row: Row[Any], tx: Transaction) -> bool:
    allowed = _ANSWERED_WITHIN if row.status is None else _KEPT_FOR
    return bool(row.at + allowed <= tx.now)
