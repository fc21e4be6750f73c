"""How people judge: how well they agree, how often appeals overturn them, golden cases."""

import asyncio
from datetime import datetime, timedelta

from casework.records import Person
from casework.words import Role
from gateway.doors import Doors
from gateway.judged import (
    MyQuality,
    Quality,
    Said,
    by_policy,
    by_reviewer,
    differences,
    reviewer_quality,
)
from storage.quality_reads import Which

USUALLY = timedelta(days=90)


class QualityDesk:
    def __init__(self, doors: Doors) -> None:
        self._reads = doors.store.quality
        self._aliases = doors.store.aliases
        self._clock = doors.clock
        self._at_least = doors.settings.quality_at_least

    async def figures(
        self, person: Person, policy: str | None = None, since: datetime | None = None
    ) -> Quality:
        which = Which(since=since or self._usually(), harms=person.harms, policy=policy)
        said = await self._said(which)
        names = await self._names(person, said.people())
        at_least = self._at_least
        policies, reviewers = await asyncio.to_thread(
            lambda: (by_policy(said, at_least), by_reviewer(said, names, at_least))
        )
        return Quality(
            since=which.since,
            at_least=at_least,
            policies=policies,
            reviewers=reviewers,
            differences=differences(said.looks),
        )

    async def mine(self, person: Person, since: datetime | None = None) -> MyQuality:
        which = Which(since=since or self._usually(), by=person.id)
        said = await self._said(which)
        return MyQuality(
            since=which.since,
            at_least=self._at_least,
            mine=await asyncio.to_thread(
                reviewer_quality, said, person.id, person.id, self._at_least
            ),
            lessons=tuple(await self._reads.lessons(person.id, which.since)),
        )

    async def _said(self, which: Which) -> Said:
        return Said(
            looks=tuple(await self._reads.looks(which)),
            golden=tuple(await self._reads.golden_answers(which)),
            heard=tuple(await self._reads.heard(which)),
            counts=await self._reads.counts(which),
        )

    async def _names(self, person: Person, people: set[str]) -> dict[str, str]:
        if person.role is Role.LEAD:
            return {each: each for each in people}
        return await self._aliases.of_all(people)

    def _usually(self) -> datetime:
        return self._clock() - USUALLY
