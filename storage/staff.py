"""Who may act here, known by random tokens of which only a digest is kept."""

import hashlib
import hmac
import json
from typing import Any

from sqlalchemy import Select, select, update

from casework.errors import NotFound, Unauthenticated
from casework.records import Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.logins import forget_login, forget_password
from storage.rows import person_of, refuse_by_groups
from storage.sessions import end_sessions_of
from storage.tables import reviewers


class Staff:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def add(self, person: Person, token: str) -> None:
        """Let this person in with this token; one known already gets the new rights and token.

        A new token ends the sessions of whoever is signed in as this person. Whoever was revoked
        begins anew, without the password and the identity of then.

        Raises Conflict: their groups say what they may do.
        """

        async def work(tx: Transaction) -> None:
            rights = {
                "role": person.role,
                "harms": json.dumps(sorted(person.harms)),
                "queues": json.dumps(sorted(person.queues)),
                "token_hash": _digest(token),
                "active": True,
                "revoked_at": None,
            }
            before = await tx.row(_whoever(person.id))
            if before is not None and all(before._mapping[k] == v for k, v in rights.items()):
                return
            if before is None:
                await tx.add(reviewers, reviewer_id=person.id, added_at=tx.now, **rights)
            else:
                refuse_by_groups(before)
                if not before.active:
                    await forget_login(tx, person.id)
                mine = reviewers.c.reviewer_id == person.id
                await tx.execute(update(reviewers).where(mine).values(**rights))
                if before.token_hash != rights["token_hash"]:
                    await end_sessions_of(tx, person.id)
            self._audit.append(
                tx, "", "casework", Event.STAFF_ADDED, person=person.id, role=person.role.value
            )

        await self._database.write(work)

    async def authenticate(self, token: str) -> Person:
        """Raises Unauthenticated for a token that is unknown or revoked."""
        digest = _digest(token)
        found = await self._database.read(
            lambda tx: tx.row(select(reviewers).where(reviewers.c.token_hash == digest))
        )
        if found is None or not hmac.compare_digest(found.token_hash, digest):
            raise Unauthenticated("this token is not known")
        if not found.active:
            raise Unauthenticated("this token is not known")
        return person_of(found)

    async def revoke(self, person_id: str) -> None:
        """Let this person in no more: not by token, password or identity, nor by an open session.

        The identity stays theirs, so that it cannot come in as somebody new because of its groups.
        Repeating changes nothing. Raises NotFound.
        """

        async def work(tx: Transaction) -> None:
            before = await tx.row(_whoever(person_id))
            if before is None:
                raise NotFound("no such person")
            if before.revoked_at is None:
                mine = reviewers.c.reviewer_id == person_id
                ended = {"active": False, "revoked_at": tx.now}
                await tx.execute(update(reviewers).where(mine).values(**ended))
                await end_sessions_of(tx, person_id)
                await forget_password(tx, person_id)
                self._audit.append(tx, "", "casework", Event.STAFF_REVOKED, person=person_id)

        await self._database.write(work)

    async def everybody(self) -> list[Person]:
        """All who may act here now."""
        may = select(reviewers).where(reviewers.c.active).order_by(reviewers.c.reviewer_id)
        return [person_of(row) for row in await self._database.read(lambda tx: tx.rows(may))]


def _whoever(person_id: str) -> Select[Any]:
    return select(reviewers).where(reviewers.c.reviewer_id == person_id).with_for_update()


def _digest(token: str) -> bytes:
    """Plain SHA-256 is enough: tokens are random, so there is nothing to guess from."""
    return hashlib.sha256(token.encode()).digest()
