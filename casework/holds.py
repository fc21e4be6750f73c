"""Holds: what is parked until somebody lifts it, and how much machines may do before one is set."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from casework.base import Model, Moment, Name
from casework.errors import Malformed
from casework.words import ActionKind, HoldKind

BREAKER = "breaker"
"""Who set a hold, when too much happened by itself."""

TRIPPED = "breaker_tripped"
"""Why on-call is called then."""

_LONGEST_TARGET = 400
_VERSIONED = frozenset({HoldKind.DETECTOR, HoldKind.POLICY})


class HoldOn(Model):
    """What a hold is on. A detector and a policy may be named with a version: `name@version`.

    `everything` has no target.
    """

    kind: HoldKind
    target: Annotated[str, Field(max_length=_LONGEST_TARGET)] = ""

    @model_validator(mode="after")
    def _names_what_it_parks(self) -> Self:
        if (self.kind is HoldKind.EVERYTHING) != (not self.target):
            raise ValueError("a hold names what it parks, and one on everything names nothing")
        if self.kind is HoldKind.ACTION and self.target not in list(ActionKind):
            raise ValueError("no such kind of action")
        if self.kind is HoldKind.POLICY and self.version and not self.version.isdecimal():
            raise ValueError("a policy's version is a number")
        return self

    @property
    def name(self) -> str:
        """Without the version."""
        return self.target.rpartition("@")[0] if self.version else self.target

    @property
    def version(self) -> str:
        """Empty without one."""
        named, _, version = self.target.rpartition("@")
        return version if named and self.kind in _VERSIONED else ""

    @classmethod
    def asked(cls, kind: HoldKind, target: str) -> Self:
        """Raises Malformed where there can be no such hold."""
        try:
            return cls(kind=kind, target=target.strip())
        except ValueError:
            raise Malformed(
                "a hold is on a detector, a policy, a kind of action, or on everything alone"
            ) from None


class Parked(Model):
    """How much waits: cases that are not ruled on, actions that are not attempted."""

    cases: int = 0
    actions: int = 0


class Hold(Model):
    """`automated_only`: what people decided goes on, and so does ruling; a breaker's are so.

    `case_id` is the case at which a breaker tripped, to look at.
    """

    hold_id: str
    kind: HoldKind
    target: str
    by: Name
    reason: str
    set_at: Moment
    automated_only: bool = False
    case_id: str | None = None
    lifted_at: Moment | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None
    parks: Parked = Parked()


class Released(Model):
    """A story that waits although no hold covers it any more."""

    workflow_id: str


class Limits(Model):
    """How much may happen without a person, by one detector or one policy.

    `effects_per_minute`: first attempts within any 60 seconds, over all workers.
    `share`: of the latest `of_at_least` rulings within the hour, how many may enforce; 1 is any.
    """

    effects_per_minute: Annotated[int, Field(ge=1)] = 3_000
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    of_at_least: Annotated[int, Field(ge=1, le=10_000)] = 200


class Breaker(Model):
    """What a policy says of its own limits; what it leaves out is the deployment's."""

    effects_per_minute: Annotated[int | None, Field(ge=1, strict=True)] = None
    share: Annotated[float | None, Field(gt=0, le=1)] = None
    of_at_least: Annotated[int | None, Field(ge=1, le=10_000, strict=True)] = None

    def within(self, usual: Limits) -> Limits:
        return usual.model_copy(update=self.model_dump(exclude_none=True))


class Brakes(Model):
    """The limits that one action is held against."""

    detector: Limits = Limits()
    policy: Limits = Limits()


USUAL = Brakes()
