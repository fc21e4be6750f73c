"""What law asks of a decision, by the place of the account and the day. Data, not legal advice."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from casework.base import Model, Slug
from casework.ruling import Measure
from casework.words import ActionKind

WARNING_FIRST = "warning_before_suspension"

SUSPENDS = frozenset(
    {ActionKind.TIMEOUT_ACCOUNT, ActionKind.SUSPEND_ACCOUNT, ActionKind.BAN_ACCOUNT}
)
"""What may not be an account's first answer where a warning has to come before."""


class Duty(Model):
    """Where it is written, where it was last read, and when; the first day on which it applies."""

    name: Slug
    in_force: date | None
    law: str
    source: str
    checked: date | None


class RedressKind(StrEnum):
    """Where a person may turn besides, or after, an appeal to us."""

    OUT_OF_COURT = "out_of_court"
    REGULATOR = "regulator"
    COURT = "court"


class Redress(Model):
    """One such place, with the page of an authority that lists or explains it."""

    kind: RedressKind
    page: Annotated[str, Field(pattern=r"^https://[^\s\"<>]+$", max_length=500)] | None = None
    in_force: date
    law: str
    source: str
    checked: date | None


class Place(Model):
    """Whose accounts these duties are for: by the codes that a jurisdiction begins with."""

    place: Slug
    members: frozenset[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = frozenset()
    duties: tuple[Duty, ...] = ()
    redress: tuple[Redress, ...] = ()

    def has(self, jurisdiction: str) -> bool:
        return jurisdiction.partition("-")[0].upper() in self.members


class Duties(Model):
    """Everything that is on record of any place."""

    places: tuple[Place, ...] = ()

    def want_a_warning_first(self, jurisdiction: str | None, on: date) -> bool:
        """Whether frequent misuse may lead to a suspension only after a warning, on this day.

        Of an account whose place nobody knows, no place's law is assumed.
        """
        return jurisdiction is not None and any(
            duty.name == WARNING_FIRST and duty.in_force is not None and duty.in_force <= on
            for place in self.places
            if place.has(jurisdiction)
            for duty in place.duties
        )

    def redress(self, jurisdiction: str | None, on: date) -> tuple[Redress, ...]:
        """Where else somebody from there may turn on this day; none where nothing is on record."""
        return tuple(
            redress
            for place in self.places
            if jurisdiction is not None and place.has(jurisdiction)
            for redress in place.redress
            if redress.in_force <= on
        )


class Climb(Model):
    """From what weight on an account climbs a ladder, and whether it is owed a warning yet."""

    before: Annotated[int, Field(ge=0)] = 0
    owed_a_warning: bool = False


def warned_first(reached: Mapping[int, Measure]) -> dict[int, Measure]:
    """The same rungs, with a warning wherever one would suspend."""
    warning = Measure(kind=ActionKind.WARN_ACCOUNT)
    return {
        rung: warning if measure.kind in SUSPENDS else measure for rung, measure in reached.items()
    }
