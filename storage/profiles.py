"""What people can judge and will not see, and whom they are tied to."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, delete, select

from casework.errors import NotFound
from casework.profiles import Declared, Profile, Relation, RelationKind
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.intake import account_digest
from storage.keys import Keyring
from storage.tables import profiles, relations, reviewers

_LISTS = ("languages", "jurisdictions", "skills", "opted_out")


class ProfileBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._identity = keyring.identity

    async def get(self, person: str) -> Profile:
        """An empty one where none was written. Raises NotFound for somebody unknown."""

        async def work(tx: Transaction) -> Profile:
            await _known(tx, person)
            return await profile_of(tx, person)

        return await self._database.read(work)

    async def put(self, profile: Profile, by: str) -> None:
        """From now on this is what fits the person. Repeating changes nothing. Raises NotFound."""

        async def work(tx: Transaction) -> None:
            await _known(tx, profile.person)
            before = await profile_of(tx, profile.person)
            if before == profile:
                return
            await self._write(tx, profile)
            changed = [k for k in Profile.model_fields if getattr(before, k) != getattr(profile, k)]
            facts = {"person": profile.person, "changed": ",".join(changed)}
            self._audit.append(tx, "", by, Event.PROFILE_CHANGED, **facts)

        await self._database.write(work)

    async def relations(self, person: str) -> tuple[Declared, ...]:
        """Raises NotFound for somebody unknown."""

        async def work(tx: Transaction) -> tuple[Declared, ...]:
            await _known(tx, person)
            mine = select(relations).where(relations.c.person == person)
            rows = await tx.rows(mine.order_by(relations.c.account_id))
            return tuple(_declared(row) for row in rows)

        return await self._database.read(work)

    async def declare(self, person: str, tied: Iterable[Relation], by: str) -> None:
        """Add these; those that are known stay as they are. Raises NotFound."""

        async def work(tx: Transaction) -> None:
            await _known(tx, person)
            for relation in tied:
                await self.tie(tx, person, relation, by)

        await self._database.write(work)

    async def withdraw(self, person: str, accounts: Iterable[str], by: str) -> None:
        """The person is not tied to these accounts, or no longer. Raises NotFound."""

        async def work(tx: Transaction) -> None:
            await _known(tx, person)
            gone = await tx.rows(
                delete(relations)
                .where(relations.c.person == person, relations.c.account_id.in_(list(accounts)))
                .returning(relations.c.account_id)
            )
            for _ in gone:
                self._audit.append(tx, "", by, Event.RELATION_WITHDRAWN, person=person)

        await self._database.write(work)

    async def tie(self, tx: Transaction, person: str, relation: Relation, by: str) -> None:
        """Which account it is stays out of the trail: the trail is for everybody."""
        row = {
            "person": person,
            "account_id": relation.account_id,
            "kind": relation.kind.value,
            "reported_by": account_digest(self._identity, relation.account_id),
            "declared_by": by,
            "at": tx.now,
        }
        if await tx.add_if_absent(relations, **row):
            facts = {"person": person, "kind": relation.kind.value}
            self._audit.append(tx, "", by, Event.RELATION_DECLARED, **facts)

    async def _write(self, tx: Transaction, profile: Profile) -> None:
        row: dict[str, Any] = {
            **{name: json.dumps(sorted(getattr(profile, name))) for name in _LISTS},
            "limits": json.dumps(profile.limits, sort_keys=True),
            "alias": profile.alias,
            "changed_at": tx.now,
        }
        kept = tx.insert(profiles).values(person=profile.person, **row)
        await tx.execute(kept.on_conflict_do_update(index_elements=[profiles.c.person], set_=row))


async def profile_of(tx: Transaction, person: str) -> Profile:
    row = await tx.row(select(profiles).where(profiles.c.person == person))
    return Profile(person=person) if row is None else read_back(row)


def read_back(row: Row[Any]) -> Profile:
    return Profile(
        person=row.person,
        **{name: json.loads(row._mapping[name]) for name in _LISTS},
        limits=json.loads(row.limits),
        alias=row.alias,
    )


async def _known(tx: Transaction, person: str) -> None:
    mine = select(reviewers.c.reviewer_id).where(reviewers.c.reviewer_id == person)
    if await tx.row(mine) is None:
        raise NotFound("no such person")


def _declared(row: Row[Any]) -> Declared:
    return Declared(
        account_id=row.account_id,
        kind=RelationKind(row.kind),
        declared_by=row.declared_by,
        at=row.at,
    )
