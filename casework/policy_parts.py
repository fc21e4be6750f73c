"""What a policy is made of."""

import hashlib
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from casework.base import Model, Slug
from casework.durations import Period, Span
from casework.duties import SUSPENDS
from casework.ruling import Measure, Ruling
from casework.standing import rungs_reached


class Rule(Model):
    """`when` a condition holds, or `otherwise`: what should happen.

    `meanwhile: nothing` is for a review that rests on somebody's word or on a doubt: the policy's
    interim measures need evidence of their own, or a crowd of reports would hide what it dislikes.
    """

    when: str | None = None
    do: Ruling
    meanwhile: Literal["nothing"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, dict) and "otherwise" in value and "do" not in value:
            return {("do" if key == "otherwise" else key): said for key, said in value.items()}
        if isinstance(value, dict) and set(value) - {"meanwhile"} == {"when", "do"}:
            return value
        if isinstance(value, dict) and set(value) == {"do"} and isinstance(value["do"], Ruling):
            return value
        raise ValueError("a rule is {when: ..., do: ...}, and the last one {otherwise: ...}")


LEADS = "leads"
"""The desk that settles what the last one of a policy cannot agree on."""
LEGAL = "legal"
"""The desk for questions of law, which every policy has beside its own."""


class Desk(Model):
    """Where a case waits for a person, and for how long before the next desk gets it.

    With a `skill`, only people who have it are served the case there. `at` names another team's
    tool to which it is handed out as well; whoever answers first decides.
    """

    desk: Slug
    within: Annotated[Span, Field(gt=timedelta(), le=timedelta(days=60))]
    skill: Slug | None = None
    at: Literal["coop"] | None = None


class Legal(Model):
    """How long a case may lie before the desk `legal`, when somebody sends it there."""

    within: Annotated[Span, Field(gt=timedelta(), le=timedelta(days=60))] = timedelta(days=1)


class Delay(Model):
    """A wait before acting, drawn evenly from a range, so that a prober learns nothing from it."""

    between: tuple[Span, Span] = (timedelta(), timedelta())

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() <= self.between[0] <= self.between[1]:
            raise ValueError("a delay goes from a shorter to a longer time")
        return self


class Delivery(Model):
    """How long an action, or its undo, is tried again before a person is asked about it, and how
    long before somebody is called. It stays open all the same, and is tried again."""

    retry_for: Annotated[Span, Field(ge=timedelta(minutes=1), le=timedelta(days=60))] = timedelta(
        days=7
    )
    page_after: Annotated[Span, Field(ge=timedelta(minutes=1))] = timedelta(minutes=15)

    @model_validator(mode="after")
    def _pages_long_before(self) -> Self:
        if self.page_after > self.retry_for:
            raise ValueError("somebody is called before it is given up: page_after <= retry_for")
        return self


class Strikes(Model):
    """What an enforced decision weighs on the account, and what the sum then calls for."""

    weight: Annotated[int, Field(ge=1, le=100, strict=True)]
    expires: Period
    ladder: dict[Annotated[int, Field(ge=1)], Measure] = Field(default_factory=dict)

    def reached(self, before: int) -> dict[int, Measure]:
        """The rungs that this strike's weight, added to `before`, steps on for the first time."""
        return rungs_reached(before, self.weight, self.ladder)

    @property
    def suspends(self) -> bool:
        """Whether a rung keeps the account from posting."""
        return any(measure.kind in SUSPENDS for measure in self.ladder.values())


class Canary(Model):
    """How carefully a new detector version begins: of its first `cases` cases under this harm, a
    machine may enforce this `share`; people see the others."""

    share: Annotated[float, Field(ge=0, lt=1)]
    cases: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]

    def admits(self, case_id: str) -> bool:
        """Whether a case is one of the share. The same case always gets the same answer."""
        drawn = hashlib.sha256(f"canary\x1f{case_id}".encode()).digest()[:8]
        return int.from_bytes(drawn) < self.share * 2**64


class Quality(Model):
    """How many of the decisions that people make are looked at again, blind, by somebody else."""

    sample: Annotated[float, Field(ge=0, le=1)]
