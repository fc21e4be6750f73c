"""What a check answered about an item."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from casework.base import Model, Score, Slug

MOST_MATCHES = 50
_Offset = Annotated[int, Field(ge=0, le=1_000_000)]


class Reading(StrEnum):
    """How a check read the text. Each is a text of its own, so places in one mean nothing in
    another."""

    WRITTEN = "written"
    PLAIN = "plain"
    """Without look-alikes and what cannot be seen, in lower case."""
    NORMALISED = "normalised"
    """Beyond that without leetspeak, spelt-out or drawn-out letters."""


class Match(Model):
    """Where in one reading something matched, in characters from its start; never the text."""

    start: _Offset
    end: _Offset
    label: Slug
    reading: Reading = Reading.WRITTEN


class Finding(Model):
    """A check's answer: a score from 0 (nothing) to 1 (certain), or why there is none.

    A finding without a score is a failed check. It never counts as low: it sends the case to a
    human.
    """

    check: Slug
    score: Score | None = None
    labels: dict[str, Score] = Field(default_factory=dict)
    model: str = ""
    """Name and version of what answered, as it named itself."""
    failure: str | None = None
    """The stable code of what went wrong: unavailable, nonsense, turned_down, timed_out."""
    matches: Annotated[tuple[Match, ...], Field(max_length=MOST_MATCHES)] = ()
    """Where the check found what it found, if it knows: some of the places, not all."""

    @model_validator(mode="after")
    def _scored_or_failed(self) -> Self:
        if (self.score is None) == (self.failure is None):
            raise ValueError("a finding has either a score or a failure")
        return self

    @classmethod
    def failed(cls, check: str, failure: str) -> Self:
        return cls(check=check, failure=failure)
