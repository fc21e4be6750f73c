"""What a check answered about an item."""

from typing import Self

from pydantic import Field, model_validator

from casework.base import Model, Score, Slug


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

    @model_validator(mode="after")
    def _scored_or_failed(self) -> Self:
        if (self.score is None) == (self.failure is None):
            raise ValueError("a finding has either a score or a failure")
        return self

    @classmethod
    def failed(cls, check: str, failure: str) -> Self:
        return cls(check=check, failure=failure)
