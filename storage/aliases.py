"""A name for each reviewer that says nothing of who they are, for whoever needs not know."""

import json
import secrets
from collections.abc import Iterable

from sqlalchemy import select, update

from storage.engine import Database, Transaction
from storage.tables import profiles

_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without signs that are read as one another: I, L, O, U, 0 and 1."""
_NOTHING = {name: json.dumps([]) for name in ("languages", "jurisdictions", "skills", "opted_out")}


class Aliases:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, person: str) -> str:
        """Always the same for the same person; made when it is first asked for."""
        return (await self.of_all([person]))[person]

    async def of_all(self, people: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(people))
        known = await self._database.read(lambda tx: _known(tx, wanted))
        if missing := [person for person in wanted if person not in known]:
            known |= await self._database.write(lambda tx: _made(tx, missing))
        return known


async def _known(tx: Transaction, people: list[str]) -> dict[str, str]:
    named = select(profiles.c.person, profiles.c.alias).where(
        profiles.c.person.in_(people), profiles.c.alias.is_not(None)
    )
    return {row.person: row.alias for row in await tx.rows(named)}


async def _made(tx: Transaction, people: list[str]) -> dict[str, str]:
    for person in people:
        row = {**_NOTHING, "limits": "{}", "changed_at": tx.now}
        await tx.add_if_absent(profiles, person=person, **row)
        mine = (profiles.c.person == person) & profiles.c.alias.is_(None)
        await tx.execute(update(profiles).where(mine).values(alias=await _unused(tx)))
    return await _known(tx, people)


async def _unused(tx: Transaction) -> str:
    while True:
        alias = "Reviewer " + "".join(secrets.choice(_SIGNS) for _ in range(4))
        if await tx.row(select(profiles.c.person).where(profiles.c.alias == alias)) is None:
            return alias
