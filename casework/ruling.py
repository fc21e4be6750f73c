"""What a policy or a person says should happen."""

from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import Field, TypeAdapter, model_serializer, model_validator

from casework.base import Model
from casework.durations import Span
from casework.words import ActionKind, Verdict

_ISO_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)
PERMANENT: Literal["permanent"] = "permanent"


class Measure(Model):
    """One effect a ruling asks for; `lasts` is None for good.

    Written `remove_item`, `{suspend_account: P7D}` or `{ban_account: permanent}`.
    """

    kind: ActionKind
    lasts: Span | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, dict) and len(value) == 1 and "kind" not in value:
            ((kind, lasts),) = value.items()
            if lasts is None:  # a forgotten value must not become a ban for good
                raise ValueError("say how long it lasts (P7D), or `permanent`")
            return {"kind": kind, "lasts": None if lasts == PERMANENT else lasts}
        return value

    @model_validator(mode="after")
    def _lasts_some_time(self) -> Self:
        if self.lasts is not None and self.lasts <= timedelta():
            raise ValueError("a measure lasts a positive time, or is permanent")
        return self

    @model_serializer
    def _as_one_writes_it(self) -> str | dict[str, str]:
        if self.lasts is None:
            return self.kind.value
        return {self.kind.value: _ISO_SPAN.dump_python(self.lasts, mode="json")}


class Ruling(Model):
    """`enforce` with at least one measure, `dismiss`, or `review`: ask a human, and why.

    `reason` is a stable word for on-call and the audit (`rule_2`, `check_failed`, `undecidable`),
    never prose about a person.
    """

    verdict: Verdict
    measures: tuple[Measure, ...] = ()
    interim: tuple[Measure, ...] = ()
    """What holds until a person has decided; only a ruling to review that rests on a rule's
    evidence has any."""
    reason: str = Field(default="", max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if value in ("review", "dismiss"):
            return {"verdict": value}
        if isinstance(value, list | tuple):
            return {"verdict": "enforce", "measures": value}
        return value

    @model_validator(mode="after")
    def _measures_fit_the_verdict(self) -> Self:
        if (self.verdict is Verdict.ENFORCE) != bool(self.measures):
            raise ValueError("a ruling to enforce names measures, and no other ruling does")
        if len({m.kind for m in self.measures}) != len(self.measures):
            raise ValueError("a ruling names each kind of action once")
        return self

    @classmethod
    def dismiss(cls, reason: str) -> Self:
        return cls(verdict=Verdict.DISMISS, reason=reason)

    @classmethod
    def ask_a_human(cls, reason: str) -> Self:
        return cls(verdict=Verdict.REVIEW, reason=reason)

    @classmethod
    def enforce(cls, measures: tuple[Measure, ...], reason: str) -> Self:
        return cls(verdict=Verdict.ENFORCE, measures=measures, reason=reason)

    def because(self, reason: str) -> Self:
        return self.model_copy(update={"reason": reason})

    def also(self, more: tuple[Measure, ...]) -> Self:
        """The same ruling with further measures; of two of one kind the longer one stays."""
        longest = {measure.kind: measure for measure in self.measures}
        for measure in more:
            there = longest.get(measure.kind)
            if there is None or _outlasts(measure, there):
                longest[measure.kind] = measure
        return self.model_copy(update={"measures": tuple(longest.values())})


def _outlasts(one: Measure, other: Measure) -> bool:
    if other.lasts is None:
        return False
    return one.lasts is None or one.lasts > other.lasts
