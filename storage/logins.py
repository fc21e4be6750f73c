"""The ways in besides a token: a password of ours, or an identity that a provider vouches for."""

import unicodedata
from typing import Any

from sqlalchemy import Row, delete, select, update

from casework.errors import Conflict, Malformed, NotFound, Unauthenticated
from casework.identities import Identity
from casework.records import Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.passwords import Passwords
from storage.rows import is_by_groups, person_of, refuse_by_groups
from storage.sessions import end_sessions_of
from storage.tables import logins, reviewers

_LONGEST = 200


class Logins:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._passwords = Passwords()

    async def set_password(
        self, person_id: str, password: str, username: str = "", by: str = "casework"
    ) -> str:
        """Let this person in by a password; the username, which is their name unless given.

        Whoever is signed in as them is signed in no more.

        Raises:
            NotFound: nobody of this name may act here.
            Malformed: too short, too long, or the username itself.
            Conflict: somebody else has this username, or their groups say what they may do.
        """
        wanted = plain_username(username or person_id)
        if plain_username(password) == wanted:
            raise Malformed("a password is not the username")
        kept = await self._passwords.hashed(password)

        async def work(tx: Transaction) -> None:
            refuse_by_groups(await self._somebody(tx, person_id))
            await _refuse_taken(tx, wanted, person_id)
            await _keep(tx, person_id, username=wanted, password_hash=kept)
            await end_sessions_of(tx, person_id)
            self._audit.append(tx, "", by, Event.PASSWORD_SET, person=person_id)

        await self._database.write(work)
        return wanted

    async def bind(self, person_id: str, issuer: str, subject: str) -> None:
        """Let whoever is `subject` at `issuer` in as this person, and nobody from there before.
        The identity of somebody revoked may become somebody else's.

        Raises:
            NotFound: nobody of this name may act here.
            Conflict: this identity is somebody else's here.
        """

        issuer = issuer.rstrip("/")

        async def work(tx: Transaction) -> None:
            await self._somebody(tx, person_id)
            found = await tx.row(_bound(issuer, subject))
            if found is not None and found.person != person_id:
                if found.revoked_at is None:
                    raise Conflict("this identity is bound to somebody else")
                await forget_login(tx, found.person)
            await _keep(tx, person_id, issuer=issuer, subject=subject)
            await end_sessions_of(tx, person_id)
            self._audit.append(tx, "", "casework", Event.IDENTITY_BOUND, person=person_id)

        await self._database.write(work)

    async def by_password(self, username: str, password: str) -> Person:
        """Raises Unauthenticated, in the same words and time for whatever is wrong."""
        wanted = plain_username(username)
        found = await self._person_of(logins.c.username == wanted)
        kept = found.password_hash if found is not None and found.active else None
        if not await self._passwords.fits(password, kept) or found is None or kept is None:
            raise Unauthenticated("this username and password do not go together")
        if self._passwords.is_outdated(kept):
            await self._renew(found.person, kept, password)
        return person_of(found)

    async def by_identity(self, issuer: str, subject: str) -> Person:
        """Raises Unauthenticated: nobody here is known by it whose rights were written by hand."""
        found = await self._person_of(
            (logins.c.issuer == issuer.rstrip("/")) & (logins.c.subject == subject)
        )
        if found is None or not found.active or is_by_groups(found):
            raise Unauthenticated("nobody here is known by this identity")
        return person_of(found)

    async def end_sessions_by(self, identity: Identity) -> None:
        """End whatever is open of whoever this is here, however it began; nothing of nobody.

        Repeating changes nothing.
        """

        async def work(tx: Transaction) -> None:
            found = await tx.row(_bound(identity.issuer, identity.subject))
            if found is None:
                return
            await end_sessions_of(tx, found.person)
            self._audit.append(tx, "", found.person, Event.SIGNED_OUT_THERE)

        await self._database.write(work)

    async def username_of(self, person_id: str) -> str | None:
        """What this person types beside a password; None without one."""
        mine = (logins.c.person == person_id) & logins.c.password_hash.is_not(None)
        found = await self._database.look(select(logins.c.username).where(mine))
        return None if found is None else str(found.username)

    async def has_passwords(self) -> bool:
        """Whether there is anybody who could sign in by one."""
        some = select(logins.c.person).where(logins.c.password_hash.is_not(None)).limit(1)
        return await self._database.look(some) is not None

    async def _person_of(self, which: Any) -> Row[Any] | None:
        mine = reviewers.c.reviewer_id == logins.c.person
        return await self._database.look(
            select(logins, reviewers).join(reviewers, mine).where(which)
        )

    async def _renew(self, person_id: str, kept: str, password: str) -> None:
        """Hash it anew with today's parameters, unless it was changed meanwhile."""
        anew = await self._passwords.hashed(password)

        async def work(tx: Transaction) -> None:
            same = (logins.c.person == person_id) & (logins.c.password_hash == kept)
            await tx.execute(update(logins).where(same).values(password_hash=anew))

        await self._database.write(work)

    async def _somebody(self, tx: Transaction, person_id: str) -> Row[Any]:
        known = select(reviewers).where(reviewers.c.reviewer_id == person_id).with_for_update()
        found = await tx.row(known)
        if found is None or not found.active:
            raise NotFound("no such person")
        return found


async def forget_login(tx: Transaction, person_id: str) -> None:
    await tx.execute(delete(logins).where(logins.c.person == person_id))


async def forget_password(tx: Transaction, person_id: str) -> None:
    mine = logins.c.person == person_id
    none = {"username": None, "password_hash": None, "changed_at": tx.now}
    await tx.execute(update(logins).where(mine).values(**none))


async def _refuse_taken(tx: Transaction, username: str, person_id: str) -> None:
    found = await tx.row(select(logins.c.person).where(logins.c.username == username))
    if found is not None and found.person != person_id:
        raise Conflict("somebody else has this username")


async def _keep(tx: Transaction, person_id: str, **values: str) -> None:
    kept = tx.insert(logins).values(person=person_id, changed_at=tx.now, **values)
    latest = {**values, "changed_at": tx.now}
    await tx.execute(kept.on_conflict_do_update(index_elements=[logins.c.person], set_=latest))


def _bound(issuer: str, subject: str) -> Any:
    mine = reviewers.c.reviewer_id == logins.c.person
    theirs = (logins.c.issuer == issuer) & (logins.c.subject == subject)
    return select(logins.c.person, reviewers.c.revoked_at).join(reviewers, mine).where(theirs)


def plain_username(username: str) -> str:
    """As usernames are compared: upper case and composed letters make no difference."""
    return unicodedata.normalize("NFKC", username).strip().casefold()[:_LONGEST]
