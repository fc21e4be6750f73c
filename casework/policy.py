"""Versioned rules for one harm, and what they say of a case."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from casework.base import Model, Slug
from casework.durations import Period, Span
from casework.duties import Climb, warned_first
from casework.errors import Undecidable
from casework.expressions import Value, compiled
from casework.facts import Facts, names_for
from casework.grounds import Grounds
from casework.holds import Breaker
from casework.policy_parts import (
    LEGAL,
    Canary,
    Delay,
    Delivery,
    Desk,
    Legal,
    Quality,
    Rule,
    Strikes,
)
from casework.ruling import Measure, Ruling
from casework.words import ActionKind, Mode, Reopen, Severity, Verdict, WhenBanned

_RULES_MAY = frozenset({Verdict.ENFORCE, Verdict.DISMISS, Verdict.REVIEW})
"""The other verdicts answer an appeal, which is never a machine's to answer."""


class Misplaced(ValueError):
    """What is wrong with a policy, and the keys that lead to it."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


class Policy(Model):
    """The rules for one harm. A running case keeps the version it began with."""

    harm: Slug
    version: Annotated[int, Field(ge=1, strict=True)]
    severity: Severity
    checks: tuple[Slug, ...] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    review: Annotated[tuple[Desk, ...], Field(min_length=1)]
    legal: Legal = Legal()
    if_nobody_decides: Ruling
    interim: dict[ActionKind, Literal["until_decided"]] = Field(default_factory=dict)
    delay: Delay = Delay()
    delivery: Delivery = Delivery()
    undo_within: Annotated[Span, Field(ge=timedelta(), le=timedelta(hours=1))] = timedelta()
    """How long whoever decided may take it back; nothing is done before that is over."""
    strikes: Strikes | None = None
    needs_two_people: frozenset[ActionKind] = frozenset()
    may_only: frozenset[ActionKind] | None = None
    """The only kinds of action this policy and its reviewers may use; None is any."""
    appeal_within: Period
    mode: Mode = Mode.LIVE
    reopen: Reopen = Reopen.WHEN_DISMISSED
    when_banned: WhenBanned = WhenBanned.MERGE
    """Of critical severity, a case goes on whatever this says."""
    breaker: Breaker = Breaker()
    canary: Canary | None = None
    """How a detector version that is new to this harm begins; None is like any other."""
    quality: Quality | None = None
    """None: as many as the office usually has looked at again."""
    grounds: Grounds

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for problem in self._problems():
            raise problem
        return self

    def _problems(self) -> Iterator[Misplaced]:
        for number, rule in enumerate(self.rules[:-1]):
            if rule.when is None:
                yield Misplaced("rules after `otherwise` are never reached", "rules", number + 1)
        last = len(self.rules) - 1
        if self.rules[last].when is not None:
            said = "the last rule must be `otherwise`, or some cases have no ruling"
            yield Misplaced(said, "rules", last)
        for number, check in enumerate(self.checks):
            if check in self.checks[:number]:
                yield Misplaced("a check is asked once", "checks", number)
        if self.appeal_within == Period():
            yield Misplaced("an appeal needs some time", "appeal_within")
        yield from self._unfit_rulings()
        yield from self._unfit_default()
        yield from self._unfit_kinds()

    def _unfit_rulings(self) -> Iterator[Misplaced]:
        for number, rule in enumerate(self.rules):
            if rule.do.verdict not in _RULES_MAY:
                said = "a rule enforces, dismisses or asks for a review"
                yield Misplaced(said, "rules", number, "do")

    def _unfit_default(self) -> Iterator[Misplaced]:
        default = self.if_nobody_decides
        if default.verdict is Verdict.REVIEW:
            said = "cannot be review: that is what nobody did"
            yield Misplaced(said, "if_nobody_decides")
        elif default.verdict not in _RULES_MAY or any(
            not measure.kind.is_gentle for measure in default.measures
        ):
            said = "must be reversible: dismiss, or gentle measures only"
            yield Misplaced(said, "if_nobody_decides")
        for kind in self.interim:
            if not kind.is_gentle:
                yield Misplaced("must be reversible", "interim", kind)

    def _unfit_kinds(self) -> Iterator[Misplaced]:
        for path, measures in self._uses():
            left_out = [m.kind for m in measures if not self.allows([m.kind])]
            if left_out:
                yield Misplaced(f"may_only leaves out {left_out[0]}", *path)
        if self.strikes and self.strikes.suspends and not self.allows([ActionKind.WARN_ACCOUNT]):
            said = "may_only leaves out warn_account, which law may want before a suspension"
            yield Misplaced(said, "may_only")
        if not self.allows(measure.kind for measure in self.usual_measures()):
            said = "no rule enforces, so a plain `enforce` means label_item: may_only leaves it out"
            yield Misplaced(said, "may_only")

    def _uses(self) -> Iterator[tuple[tuple[str | int, ...], tuple[Measure, ...]]]:
        """Wherever the policy names measures: the keys that lead there, and the measures."""
        for number, rule in enumerate(self.rules):
            yield ("rules", number, "do"), rule.do.measures
        yield ("if_nobody_decides",), self.if_nobody_decides.measures
        for measure in self.interim_measures():
            yield ("interim", measure.kind), (measure,)
        for rung, measure in self.strikes.ladder.items() if self.strikes else ():
            yield ("strikes", "ladder", rung), (measure,)

    def allows(self, kinds: Iterable[ActionKind]) -> bool:
        """Whether this harm may be answered with these kinds of action at all."""
        return self.may_only is None or self.may_only.issuperset(kinds)

    def rule(self, facts: Facts) -> Ruling:
        """What should happen. Anything unclear, failed or needing two people asks a human."""
        missing = [check for check in self.checks if check not in facts.findings]
        failed = [check for check, finding in facts.findings.items() if finding.score is None]
        if missing or failed:
            return Ruling.ask_a_human(f"check_failed:{','.join(missing + failed)}"[:200])
        try:
            ruling = self._first_match(facts)
        except Undecidable:
            return Ruling.ask_a_human("undecidable")
        return self._not_by_machine_if_two(ruling)

    def rule_in_full(self, facts: Facts) -> Ruling:
        """The ruling with what the account's strikes call for once this one is added."""
        climb = Climb(before=facts.strikes, owed_a_warning=facts.owed_a_warning)
        return self._not_by_machine_if_two(self.in_full(self.rule(facts), climb))

    def _not_by_machine_if_two(self, ruling: Ruling) -> Ruling:
        if self.asks_for_two(ruling):
            asked = Ruling.ask_a_human(f"{ruling.reason}:needs_two_people")
            return asked.model_copy(update={"interim": self.interim_measures()})
        return ruling

    def _first_match(self, facts: Facts) -> Ruling:
        values = facts.values()
        for number, rule in enumerate(self.rules, start=1):
            if rule.when is None or self._holds(rule.when, values):
                return self._meanwhile(rule).because(f"rule_{number}")
        raise Undecidable("no rule matched")

    def _meanwhile(self, rule: Rule) -> Ruling:
        """The rule's ruling; one to review comes with what holds until a person has decided."""
        if rule.do.verdict is not Verdict.REVIEW or rule.meanwhile:
            return rule.do
        return rule.do.model_copy(update={"interim": self.interim_measures()})

    def _holds(self, condition: str, values: dict[str, Value | None]) -> bool:
        return compiled(condition, names_for(self.checks)).holds(values)

    def in_full(self, ruling: Ruling, climb: Climb) -> Ruling:
        """A ruling to enforce, with the measures of the ladder's rungs it steps on."""
        if ruling.verdict is not Verdict.ENFORCE:
            return ruling
        return ruling.also(tuple(self.rungs(climb).values()))

    def rungs(self, climb: Climb) -> dict[int, Measure]:
        """The rungs that one more strike steps on, as they are for this account."""
        if self.strikes is None:
            return {}
        reached = self.strikes.reached(climb.before)
        return warned_first(reached) if climb.owed_a_warning else reached

    def asks_for_two(self, ruling: Ruling) -> bool:
        return any(measure.kind in self.needs_two_people for measure in ruling.measures)

    def desk_after(self, desk: str) -> Desk | None:
        """The next desk in order; None after the last one, and from one that is not in order."""
        names = [each.desk for each in self.review]
        above = names.index(desk) + 1 if desk in names else len(names)
        return self.review[above] if above < len(names) else None

    def desk_named(self, desk: str) -> Desk:
        """A desk with its time; of one that is not in order, the last one's."""
        named = [each for each in self.review if each.desk == desk]
        if desk == LEGAL and not named:
            return Desk(desk=LEGAL, within=self.legal.within)
        return named[0] if named else Desk(desk=desk, within=self.review[-1].within)

    def has_desk(self, desk: str) -> bool:
        """Whether a case may be sent there."""
        return desk == LEGAL or any(each.desk == desk for each in self.review)

    def desks_besides(self, desk: str) -> tuple[str, ...]:
        """Where a case at this desk may be sent instead."""
        named = dict.fromkeys([*(each.desk for each in self.review), LEGAL])
        return tuple(each for each in named if each != desk)

    def usual_measures(self) -> tuple[Measure, ...]:
        """What a reviewer who says only "enforce" means: the first enforcing rule's measures."""
        enforcing = (r.do.measures for r in self.rules if r.do.verdict is Verdict.ENFORCE)
        return next(enforcing, (Measure(kind=ActionKind.LABEL_ITEM),))

    def interim_measures(self) -> tuple[Measure, ...]:
        return tuple(Measure(kind=kind) for kind in self.interim)
