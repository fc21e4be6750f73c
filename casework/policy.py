"""Versioned rules for one harm, and what they say of a case."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from casework.base import Model, Slug
from casework.durations import Period, Span
from casework.errors import Undecidable
from casework.expressions import Value, compiled
from casework.facts import Facts, names_for
from casework.ruling import Measure, Ruling
from casework.words import ActionKind, Mode, Reopen, Severity, Verdict


class Rule(Model):
    """`when` a condition holds, or `otherwise`: what should happen."""

    when: str | None = None
    do: Ruling

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"otherwise"}:
            return {"do": value["otherwise"]}
        if isinstance(value, dict) and set(value) == {"when", "do"}:
            return value
        if isinstance(value, dict) and set(value) == {"do"} and isinstance(value["do"], Ruling):
            return value
        raise ValueError("a rule is {when: ..., do: ...}, and the last one {otherwise: ...}")


class Desk(Model):
    """Where a case waits for a person, and for how long before the next desk gets it."""

    desk: Slug
    within: Annotated[Span, Field(gt=timedelta(), le=timedelta(days=60))]


class Delay(Model):
    """A wait before acting, drawn evenly from a range, so that a prober learns nothing from it."""

    between: tuple[Span, Span] = (timedelta(), timedelta())

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() <= self.between[0] <= self.between[1]:
            raise ValueError("a delay goes from a shorter to a longer time")
        return self


class Strikes(Model):
    """What an enforced decision weighs on the account, and what the sum then calls for."""

    weight: Annotated[int, Field(ge=1, le=100)]
    expires: Period
    ladder: dict[Annotated[int, Field(ge=1)], Measure] = Field(default_factory=dict)

    def reached(self, before: int) -> tuple[Measure, ...]:
        """The rungs that this strike's weight, added to `before`, steps on for the first time."""
        after = before + self.weight
        return tuple(m for rung, m in sorted(self.ladder.items()) if before < rung <= after)


class Grounds(Model):
    """On what a decision rests, in words for the person concerned (DSA art. 17(3)(d) and (e))."""

    basis: Literal["terms", "law"]
    reference: Annotated[str, Field(min_length=1, max_length=500)]
    explanation: Annotated[str, Field(min_length=1, max_length=2_000)]


class Policy(Model):
    """The rules for one harm. A running case keeps the version it began with."""

    harm: Slug
    version: Annotated[int, Field(ge=1)]
    severity: Severity
    checks: tuple[Slug, ...] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    review: Annotated[tuple[Desk, ...], Field(min_length=1)]
    if_nobody_decides: Ruling
    interim: dict[ActionKind, Literal["until_decided"]] = Field(default_factory=dict)
    delay: Delay = Delay()
    strikes: Strikes | None = None
    needs_two_people: frozenset[ActionKind] = frozenset()
    may_only: frozenset[ActionKind] | None = None
    """The only kinds of action this policy and its reviewers may use; None is any."""
    appeal_within: Period
    mode: Mode = Mode.LIVE
    reopen: Reopen = Reopen.WHEN_DISMISSED
    grounds: Grounds

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        if any(rule.when is None for rule in self.rules[:-1]):
            raise ValueError("rules after `otherwise` are never reached")
        if self.rules[-1].when is not None:
            yield "the last rule must be `otherwise`, or some cases have no ruling"
        if self.if_nobody_decides.verdict is Verdict.REVIEW:
            yield "if_nobody_decides cannot be review: that is what nobody did"
        if not all(m.kind.is_gentle for m in self.if_nobody_decides.measures):
            yield "if_nobody_decides must be reversible: dismiss, or gentle measures only"
        if not all(kind.is_gentle for kind in self.interim):
            yield "interim measures must be reversible"
        if len(set(self.checks)) != len(self.checks):
            yield "a check is asked once"
        if not self.allows(self._all_kinds()):
            yield "a rule, interim measure or rung uses a kind of action that may_only leaves out"

    def _all_kinds(self) -> frozenset[ActionKind]:
        rulings = [rule.do for rule in self.rules] + [self.if_nobody_decides]
        measures = [measure for ruling in rulings for measure in ruling.measures]
        measures += self.strikes.ladder.values() if self.strikes else ()
        return frozenset(measure.kind for measure in measures) | frozenset(self.interim)

    def allows(self, kinds: Iterable[ActionKind]) -> bool:
        """Whether this harm may be answered with these kinds of action at all."""
        return self.may_only is None or self.may_only.issuperset(kinds)

    def rule(self, facts: Facts) -> Ruling:
        """What should happen. Anything unclear, failed or needing two people asks a human."""
        missing = [c for c in self.checks if c not in facts.findings]
        failed = [c for c in self.checks if c not in missing and facts.findings[c].score is None]
        if missing or failed:
            return Ruling.ask_a_human(f"check_failed:{','.join(missing + failed)}")
        try:
            ruling = self._first_match(facts)
        except Undecidable:
            return Ruling.ask_a_human("undecidable")
        return self._not_by_machine_if_two(ruling)

    def rule_in_full(self, facts: Facts) -> Ruling:
        """The ruling with what the account's strikes call for once this one is added."""
        return self._not_by_machine_if_two(self.in_full(self.rule(facts), facts.strikes))

    def _not_by_machine_if_two(self, ruling: Ruling) -> Ruling:
        if self.asks_for_two(ruling):
            return Ruling.ask_a_human(f"{ruling.reason}:needs_two_people")
        return ruling

    def _first_match(self, facts: Facts) -> Ruling:
        values = facts.values()
        for number, rule in enumerate(self.rules, start=1):
            if rule.when is None or self._holds(rule.when, values):
                return rule.do.because(f"rule_{number}")
        raise Undecidable("no rule matched")

    def _holds(self, condition: str, values: dict[str, Value | None]) -> bool:
        return compiled(condition, names_for(self.checks)).holds(values)

    def in_full(self, ruling: Ruling, strikes_before: int) -> Ruling:
        """A ruling to enforce, with the measures of the ladder's rungs it steps on."""
        if self.strikes is None or ruling.verdict is not Verdict.ENFORCE:
            return ruling
        return ruling.also(self.strikes.reached(strikes_before))

    def asks_for_two(self, ruling: Ruling) -> bool:
        return any(measure.kind in self.needs_two_people for measure in ruling.measures)

    def usual_measures(self) -> tuple[Measure, ...]:
        """What a reviewer who says only "enforce" means: the first enforcing rule's measures."""
        enforcing = (r.do.measures for r in self.rules if r.do.verdict is Verdict.ENFORCE)
        return next(enforcing, (Measure(kind=ActionKind.LABEL_ITEM),))

    def interim_measures(self) -> tuple[Measure, ...]:
        return tuple(Measure(kind=kind) for kind in self.interim)
