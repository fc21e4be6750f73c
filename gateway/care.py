"""What somebody looked at, which limits keep what from them, and their breaks."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from casework.base import Model, Moment
from casework.care import Break, Exposure, Reached
from casework.records import Person
from gateway.doors import Doors
from storage.care import Load


class BreakBody(Model):
    minutes: Annotated[int, Field(ge=1, le=480)]


class Mine(Model):
    """Of the last 24 hours and 7 days. `reached` are the limits that keep reviews from you, each
    until `again_at`; nothing at all is served to you before `rests_until`."""

    person: str
    alias: str
    exposures: tuple[Exposure, ...]
    reached: tuple[Reached, ...]
    rests_until: Moment | None
    on_a_break: bool


class Care:
    def __init__(self, doors: Doors) -> None:
        self._book = doors.store.care
        self._aliases = doors.store.aliases
        self._rules = doors.settings.care

    async def load(self, person: Person) -> Load:
        return await self._book.load(person.id, self._rules)

    async def mine(self, person: Person) -> Mine:
        load = await self.load(person)
        return Mine(person=person.id, alias=await self._aliases.of(person.id), **load.model_dump())

    async def begin_break(self, person: Person, minutes: int) -> Break:
        return await self._book.begin_break(person.id, timedelta(minutes=minutes))

    async def end_break(self, person: Person) -> None:
        """Raises Conflict where none was taken."""
        await self._book.end_break(person.id)
