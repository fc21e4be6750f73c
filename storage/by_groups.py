"""People whose rights their groups at an identity provider say, anew at every sign-in.

They have neither a token nor a password. Where the digest of a token is kept, theirs has a mark
that no token has, and that is how they are told from people whose rights were written by hand.
"""

import hashlib
import json
import re
from typing import Any

from sqlalchemy import Row, select, update

from casework.errors import Conflict, NotFound, Unauthenticated
from casework.identities import GroupRule, Identity, Vouched
from casework.records import NOBODY, POLICY, Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.logins import forget_password
from storage.rows import is_by_groups, mark_of, person_of
from storage.sessions import end_sessions_of
from storage.tables import logins, reviewers

GROUPS = "groups"
"""Who changed somebody's rights, when their groups did."""
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_OURS = frozenset({POLICY, NOBODY, GROUPS, "casework", "coop"})
"""Names in the audit trail that are no person's."""
_TOLD_APART_BY = 8


class ByGroups:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def admit(self, vouched: Vouched, rule: GroupRule | None) -> Person:
        """Whoever this is here, with the rights that `rule` gives them from now on.

        Somebody nobody knew becomes a person. Whoever has rights written by hand keeps those,
        whatever their groups say. Without a rule anybody else has no rights any more, and their
        sessions end; a later sign-in with one lets them in again.

        Raises Unauthenticated: no rule is for them, or they were revoked by hand.
        """

        async def work(tx: Transaction) -> Person | None:
            known = await tx.row(_known_by(vouched.identity))
            if known is not None and (known.revoked_at or not is_by_groups(known)):
                return person_of(known) if known.active else None
            if rule is None:
                await self._withdraw(tx, known)
                return None
            if known is None:
                return await self._welcome(tx, vouched, rule)
            return await self._as_ruled(tx, known, rule)

        admitted = await self._database.write(work)
        if admitted is None:
            raise Unauthenticated("nothing lets this identity in")
        return admitted

    async def entrust(self, person_id: str) -> None:
        """Let this person's groups say from now on what they may do: their token, their password
        and their sessions end, and they are let in by their next sign-in at the provider.

        Repeating changes nothing.

        Raises:
            NotFound: nobody of this name may act here.
            Conflict: no identity is bound to them, so there would be no way in.
        """

        async def work(tx: Transaction) -> None:
            before = await tx.row(_named(person_id))
            if before is None or not before.active:
                raise NotFound("no such person")
            bound = await tx.value(select(logins.c.subject).where(logins.c.person == person_id))
            if bound is None:
                raise Conflict("no identity is bound to them; bind one first")
            if is_by_groups(before):
                return
            await _change(tx, person_id, token_hash=mark_of(person_id))
            await forget_password(tx, person_id)
            await end_sessions_of(tx, person_id)
            self._audit.append(tx, "", "casework", Event.STAFF_ENTRUSTED, person=person_id)

        await self._database.write(work)

    async def everybody(self) -> frozenset[str]:
        """The ids of those who may act here now because of their groups."""
        may = select(reviewers).where(reviewers.c.active)
        rows = await self._database.read(lambda tx: tx.rows(may))
        return frozenset(row.reviewer_id for row in rows if is_by_groups(row))

    async def _withdraw(self, tx: Transaction, known: Row[Any] | None) -> None:
        if known is None or not known.active:
            return
        await _change(tx, known.reviewer_id, active=False)
        await end_sessions_of(tx, known.reviewer_id)
        self._audit.append(tx, "", GROUPS, Event.STAFF_REVOKED, person=known.reviewer_id)

    async def _welcome(self, tx: Transaction, vouched: Vouched, rule: GroupRule) -> Person:
        person = rule.rights_of(await _free_name(tx, vouched))
        await tx.add(
            reviewers,
            reviewer_id=person.id,
            added_at=tx.now,
            token_hash=mark_of(person.id),
            **_rights(person),
        )
        await tx.add(
            logins,
            person=person.id,
            issuer=vouched.identity.issuer,
            subject=vouched.identity.subject,
            changed_at=tx.now,
        )
        self._note(tx, person)
        return person

    async def _as_ruled(self, tx: Transaction, known: Row[Any], rule: GroupRule) -> Person:
        person = rule.rights_of(known.reviewer_id)
        rights = _rights(person)
        if any(known._mapping[name] != value for name, value in rights.items()):
            await _change(tx, person.id, **rights)
            self._note(tx, person)
        return person

    def _note(self, tx: Transaction, person: Person) -> None:
        self._audit.append(
            tx, "", GROUPS, Event.STAFF_ADDED, person=person.id, role=person.role.value
        )


def _known_by(identity: Identity) -> Any:
    mine = reviewers.c.reviewer_id == logins.c.person
    is_theirs = (logins.c.issuer == identity.issuer) & (logins.c.subject == identity.subject)
    return select(reviewers).join(logins, mine).where(is_theirs).with_for_update()


def _named(person_id: str) -> Any:
    return select(reviewers).where(reviewers.c.reviewer_id == person_id).with_for_update()


async def _change(tx: Transaction, person_id: str, **values: Any) -> None:
    mine = reviewers.c.reviewer_id == person_id
    await tx.execute(update(reviewers).where(mine).values(**values))


def _rights(person: Person) -> dict[str, Any]:
    return {
        "role": person.role.value,
        "harms": json.dumps(sorted(person.harms)),
        "queues": json.dumps(sorted(person.queues)),
        "active": True,
    }


async def _free_name(tx: Transaction, vouched: Vouched) -> str:
    """As they are called there, or with some digits behind: a provider names nobody who is known
    here already, nothing that looks like somebody else, and none of our own names."""
    identity = vouched.identity
    digest = hashlib.sha256(f"{identity.issuer}\x1f{identity.subject}".encode()).hexdigest()
    wanted = vouched.called.strip().lower()
    if not _PLAIN.fullmatch(wanted):
        wanted = "somebody"
    elif wanted not in _OURS and await _is_free(tx, wanted):
        return wanted
    name = f"{wanted}-{digest[:_TOLD_APART_BY]}"
    return name if await _is_free(tx, name) else f"{wanted}-{digest}"


async def _is_free(tx: Transaction, name: str) -> bool:
    taken = await tx.row(select(reviewers.c.reviewer_id).where(reviewers.c.reviewer_id == name))
    return taken is None
