"""What is told of how people judge, made of what they said of the same things."""

from collections.abc import Callable, Iterable, Sequence

from casework.base import Model, Moment, Slug
from casework.words import Verdict
from gateway.agreement import Coefficient, Share, alpha, kappa, share
from storage.quality_reads import GoldenAnswer, Heard, Lesson, Look, LookCounts, Opinion

_MOST_DIFFERENCES = 50
_Said = Callable[[Opinion], str]


class Agreement(Model):
    """Of decisions that two people judged, the second one blind."""

    same: Share
    kappa: Coefficient
    alpha: Coefficient


class Judged(Model):
    """`verdict` compares what was ruled, `actions` also what was asked for. `appeals` are those
    that overturned a decision of a person, `automated` of a machine, of all that were decided."""

    verdict: Agreement
    actions: Agreement
    golden: Share
    golden_alpha: Coefficient
    appeals: Share
    automated: Share


class PolicyQuality(Judged):
    """`version` is None for all versions together."""

    policy: Slug
    version: int | None
    looks: LookCounts


class ReviewerQuality(Judged):
    """`reviewer` is a name for leads, and an alias for everybody else."""

    reviewer: str


class Difference(Model):
    """A decision that somebody else, not knowing it, ruled otherwise: worth another look."""

    case_id: str
    policy: Slug
    first: Verdict
    second: Verdict
    at: Moment


class Quality(Model):
    """Coefficients are not told of fewer than `at_least`: two or three cases say nothing."""

    since: Moment
    at_least: int
    policies: tuple[PolicyQuality, ...]
    reviewers: tuple[ReviewerQuality, ...]
    differences: tuple[Difference, ...]


class MyQuality(Model):
    since: Moment
    at_least: int
    mine: ReviewerQuality
    lessons: tuple[Lesson, ...]
    """Golden cases answered more than a day ago, with the answer that was looked for, and why."""


class Said(Model):
    """Everything that figures are made of."""

    looks: tuple[Look, ...] = ()
    golden: tuple[GoldenAnswer, ...] = ()
    heard: tuple[Heard, ...] = ()
    counts: dict[str, LookCounts] = {}

    def people(self) -> set[str]:
        judged = {by for look in self.looks for by in (look.first.by, look.second.by)}
        return judged | {answer.said.by for answer in self.golden} | _people(self.heard)

    def of_policy(self, policy: str, version: int | None) -> "Said":
        def here(each: Look | GoldenAnswer | Heard) -> bool:
            return each.policy == policy and version in {None, each.policy_version}

        return self._where(here)

    def of_person(self, person: str) -> "Said":
        """What they judged, with what others said of the same."""
        answered = {each.golden_id for each in self.golden if each.said.by == person}
        return Said(
            looks=tuple(e for e in self.looks if person in {e.first.by, e.second.by}),
            golden=tuple(e for e in self.golden if e.golden_id in answered),
            heard=tuple(e for e in self.heard if e.by == person),
        )

    def _where(self, here: Callable[[Look | GoldenAnswer | Heard], bool]) -> "Said":
        return Said(
            looks=tuple(filter(here, self.looks)),
            golden=tuple(filter(here, self.golden)),
            heard=tuple(filter(here, self.heard)),
        )


def by_policy(said: Said, at_least: int) -> tuple[PolicyQuality, ...]:
    """Each policy over all its versions, then each version that something is known of."""
    everything: tuple[Look | GoldenAnswer | Heard, ...] = (*said.looks, *said.golden, *said.heard)
    versions = {(each.policy, each.policy_version) for each in everything}
    whole = {(policy, None) for policy in {p for p, _ in versions} | set(said.counts)}
    order = sorted({*versions, *whole}, key=lambda pair: (pair[0], pair[1] or 0))
    return tuple(
        PolicyQuality(
            policy=policy,
            version=version,
            looks=said.counts.get(policy, LookCounts()) if version is None else LookCounts(),
            **dict(_judged(said.of_policy(policy, version), at_least)),
        )
        for policy, version in order
    )


def by_reviewer(said: Said, names: dict[str, str], at_least: int) -> tuple[ReviewerQuality, ...]:
    found = [
        reviewer_quality(said, person, names[person], at_least) for person in sorted(said.people())
    ]
    return tuple(sorted(found, key=lambda each: each.reviewer))


def reviewer_quality(said: Said, person: str, name: str, at_least: int) -> ReviewerQuality:
    mine = said.of_person(person)
    return ReviewerQuality(reviewer=name, **dict(_judged(mine, at_least, person)))


def _judged(said: Said, at_least: int, person: str | None = None) -> Judged:
    answers = [each for each in said.golden if person in {None, each.said.by}]
    people = [each for each in said.heard if not each.automated]
    machines = [each for each in said.heard if each.automated]
    return Judged(
        verdict=_agreement(said.looks, _verdict, at_least, person),
        actions=_agreement(said.looks, _with_actions, at_least, person),
        golden=share(sum(_is_right(each) for each in answers), len(answers)),
        golden_alpha=alpha(_by_case(said.golden), at_least),
        appeals=share(sum(each.overturned for each in people), len(people)),
        automated=share(sum(each.overturned for each in machines), len(machines)),
    )


def _agreement(looks: Sequence[Look], what: _Said, at_least: int, person: str | None) -> Agreement:
    """Of one person, theirs always comes first: what counts is they against everybody else."""
    pairs = [
        (what(look.second), what(look.first))
        if look.second.by == person
        else (what(look.first), what(look.second))
        for look in looks
    ]
    return Agreement(
        same=share(sum(one == other for one, other in pairs), len(pairs)),
        kappa=kappa(pairs, at_least),
        alpha=alpha(pairs, at_least),
    )


def _by_case(answers: Iterable[GoldenAnswer]) -> list[list[str]]:
    said: dict[str, list[str]] = {}
    for answer in answers:
        said.setdefault(answer.golden_id, []).append(_verdict(answer.said))
    return list(said.values())


def _verdict(opinion: Opinion) -> str:
    return opinion.verdict.value


def _with_actions(opinion: Opinion) -> str:
    asked = sorted(f"{measure.kind}/{measure.lasts}" for measure in opinion.measures)
    return "\x1f".join((opinion.verdict.value, *asked))


def _is_right(answer: GoldenAnswer) -> bool:
    """Ruled as it should be; and with those actions, where the lead has named any."""
    if answer.said.verdict is not answer.right.verdict:
        return False
    return not answer.right.measures or _with_actions(answer.said) == _with_actions(answer.right)


def differences(looks: Iterable[Look]) -> tuple[Difference, ...]:
    found = [
        Difference(
            case_id=look.case_id,
            policy=look.policy,
            first=look.first.verdict,
            second=look.second.verdict,
            at=look.at,
        )
        for look in looks
        if look.first.verdict is not look.second.verdict
    ]
    return tuple(found[:_MOST_DIFFERENCES])


def _people(heard: Iterable[Heard]) -> set[str]:
    return {each.by for each in heard if not each.automated}
