"""Who may read and change what somebody can judge, and whom they are tied to."""

from collections.abc import Iterable

from casework.errors import Forbidden
from casework.profiles import Declared, Profile, Relation
from casework.records import Person
from casework.words import Role
from gateway.doors import Doors

_FOR_OTHERS = frozenset({Role.LEAD, Role.ADMIN})


class ProfileDesk:
    def __init__(self, doors: Doors) -> None:
        self._profiles = doors.store.profiles

    async def profile(self, caller: Person, person: str) -> Profile:
        """Raises Forbidden, NotFound."""
        _own_or_leading(caller, person)
        return await self._profiles.get(person)

    async def change(self, caller: Person, profile: Profile) -> Profile:
        """As it is now. A person may change of their own what they opt out of, and nothing else.

        Raises:
            Forbidden, NotFound.
        """
        _own_or_leading(caller, profile.person)
        before = await self._profiles.get(profile.person)
        opted = before.model_copy(update={"opted_out": profile.opted_out})
        if caller.role not in _FOR_OTHERS and profile != opted:
            raise Forbidden("what you can judge is for a lead to say; opt out as you like")
        await self._profiles.put(profile, by=caller.id)
        return profile

    async def relations(self, caller: Person, person: str) -> tuple[Declared, ...]:
        """Raises Forbidden, NotFound."""
        _own_or_leading(caller, person)
        return await self._profiles.relations(person)

    async def relate(
        self, caller: Person, person: str, tied: Iterable[Relation]
    ) -> tuple[Declared, ...]:
        """Make these the person's relations. Leaving one out is for a lead or admin, not oneself:
        whoever wants to judge a friend could otherwise.

        Raises:
            Forbidden, NotFound.
        """
        _own_or_leading(caller, person)
        wanted = tuple(tied)
        known = {each.account_id for each in await self._profiles.relations(person)}
        gone = known - {each.account_id for each in wanted}
        if gone and (caller.id == person or caller.role not in _FOR_OTHERS):
            raise Forbidden("taking a relation back is for another person, a lead or an admin")
        await self._profiles.declare(person, wanted, by=caller.id)
        if gone:
            await self._profiles.withdraw(person, gone, by=caller.id)
        return await self._profiles.relations(person)


def _own_or_leading(caller: Person, person: str) -> None:
    """Raises Forbidden."""
    if caller.id != person and caller.role not in _FOR_OTHERS:
        raise Forbidden("this is for the person, a lead or an admin")
