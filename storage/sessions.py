"""Who is signed in at the console: rows that every gateway process reads, and a restart keeps.

The browser holds a random cookie, and only its digest is kept here. A person's rights are not in
a session: they are read with it, so that a revoked person is out at their next click.
"""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update

from casework.base import Model, Moment
from casework.errors import Unauthenticated
from casework.records import Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.rows import person_of
from storage.tables import reviewers, sessions

_COOKIE_BYTES = 32
_NAMED_BY = 16
"""Digits of the digest that name a session to its owner. They open nothing."""
_NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: nearly every page is a read alone."""


class Way(StrEnum):
    """How somebody signed in."""

    TOKEN = "token"
    PASSWORD = "password"
    OIDC = "oidc"


class SessionRecord(Model):
    name: str
    way: Way
    began_at: Moment
    seen_at: Moment
    ends_at: Moment


class OpenSession(Model):
    person: Person
    record: SessionRecord
    is_due: bool
    """Whether it is time to note that it is in use."""


class SessionBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def begin(self, person_id: str, way: Way, lasts: timedelta, instead_of: str = "") -> str:
        """A new session's cookie. The session of the cookie that it replaces ends."""
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)

        async def work(tx: Transaction) -> None:
            if instead_of:
                await tx.execute(delete(sessions).where(_is(instead_of)))
            await tx.add(
                sessions,
                digest=_digest(cookie),
                person=person_id,
                way=way.value,
                began_at=tx.now,
                ends_at=tx.now + lasts,
                seen_at=tx.now,
            )
            self._audit.append(tx, "", person_id, Event.SIGNED_IN, way=way.value)

        await self._database.write(work)
        return cookie

    async def find(self, cookie: str, idle: timedelta) -> OpenSession:
        """The session and whose it is, in one read.

        Raises:
            Unauthenticated: there is none, it is over, it was not used for `idle`, or the person
                may not act here any more.
        """
        mine = reviewers.c.reviewer_id == sessions.c.person
        row = await self._database.look(
            select(sessions, reviewers).join(reviewers, mine).where(_is(cookie))
        )
        now = self._database.now()
        if row is None or not row.active or now >= min(row.ends_at, row.seen_at + idle):
            raise Unauthenticated("sign in, please")
        return OpenSession(
            person=person_of(row),
            record=_record(row),
            is_due=now - row.seen_at >= _NOTED_EVERY,
        )

    async def note_use(self, cookie: str) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(update(sessions).where(_is(cookie)).values(seen_at=tx.now))

        await self._database.write(work)

    async def end(self, cookie: str) -> None:
        """Repeating changes nothing."""

        async def work(tx: Transaction) -> None:
            await tx.execute(delete(sessions).where(_is(cookie)))

        await self._database.write(work)

    async def of(self, person_id: str, idle: timedelta) -> list[SessionRecord]:
        """This person's open sessions, the latest used first."""
        now = self._database.now()
        mine = (
            select(sessions)
            .where(
                sessions.c.person == person_id,
                sessions.c.ends_at > now,
                sessions.c.seen_at > now - idle,
            )
            .order_by(sessions.c.seen_at.desc(), sessions.c.digest)
        )
        return [_record(row) for row in await self._database.read(lambda tx: tx.rows(mine))]

    async def end_named(self, person_id: str, name: str) -> None:
        """End one of this person's sessions. Nothing happens where it is not theirs, or over."""

        async def work(tx: Transaction) -> None:
            theirs = select(sessions.c.digest).where(sessions.c.person == person_id)
            for row in await tx.rows(theirs):
                if _name(row.digest) == name:
                    await tx.execute(delete(sessions).where(sessions.c.digest == row.digest))

        await self._database.write(work)

    async def sweep(self) -> int:
        """Delete what is over; how many."""

        async def work(tx: Transaction) -> int:
            over = sessions.c.ends_at <= tx.now
            return (await tx.execute(delete(sessions).where(over))).rowcount

        return await self._database.write(work)


async def end_sessions_of(tx: Transaction, person_id: str) -> None:
    await tx.execute(delete(sessions).where(sessions.c.person == person_id))


def _is(cookie: str) -> ColumnElement[bool]:
    return sessions.c.digest == _digest(cookie)


def _digest(cookie: str) -> bytes:
    """Plain SHA-256 is enough: cookies are random, so there is nothing to guess from."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


def _name(digest: bytes) -> str:
    return digest.hex()[:_NAMED_BY]


def _record(row: Row[Any]) -> SessionRecord:
    return SessionRecord(
        name=_name(row.digest),
        way=Way(row.way),
        began_at=row.began_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
    )
