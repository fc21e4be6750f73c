"""Which waiting review comes next, and why: the same order that storage asks its database for.

A queue is ordered by what is at stake and never by who shouts: severity, then a notice that law
puts first, then how soon it is due, then how many saw it, then how many different people reported
it, then age. Times and numbers count in bands, because exact moments never tie and would leave
everything after them without a say.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, computed_field

from casework.base import Model, Moment
from casework.policy_parts import LEGAL
from casework.words import HearingKind, Severity

APPEALS = "appeals"
"""The queue of every review that hears an appeal, at whatever desk it lies; but for legal's."""

Wait = Annotated[timedelta, Field(gt=timedelta(), le=timedelta(days=60))]

DUE_WITHIN = (timedelta(), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""The upper ends of the bands of deadlines: overdue first; what is due later is one band more."""
SEEN_BY = tuple(10**power for power in range(9, 0, -1))
"""The lower ends of the bands of reach, the widest first."""
REPORTED_BY = (10, 5, 3, 2, 1)
"""The lower ends of the bands of reporters. A crowd beyond ten adds nothing: volume asks for a
look, and a brigade must not set the order of the day."""
WIDEST = 2_000_000_000
"""A larger reach is counted as this."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def queues_of(desk: str, hearing: HearingKind | str) -> frozenset[str]:
    """The queues that a review is served from. What was sent to legal, legal alone answers."""
    is_for_all = hearing == HearingKind.APPEAL and desk != LEGAL
    return frozenset({desk, APPEALS}) if is_for_all else frozenset({desk})


class QueueRules(Model):
    """What an office may set about its queues."""

    oldest_every: Annotated[int, Field(ge=2, le=1_000)] = 5
    """Each so manieth claim of a person in a queue serves what has waited longest there."""
    oldest_after: Wait = timedelta(hours=4)
    """Once it has waited so long."""
    longest_hold: Wait = timedelta(hours=24)
    """For how long whoever holds a review may put it aside; never beyond its deadline."""
    skip_for: Wait = timedelta(hours=4)
    """For how long a review is not served again to whoever skipped it."""
    watched_before: Wait = timedelta(hours=1)
    """So long before its deadline somebody is called about a review that would be served to nobody
    here; about a critical one at once."""


class Waiting(Model):
    """What the order of a queue looks at."""

    review_id: str
    severity: Severity
    trusted: bool
    """A legal order, or a notice of a trusted flagger (DSA Art. 9 and 22), speaks for it."""
    due_at: Moment
    reach: int
    reporters: int
    opened_at: Moment


class Chosen(StrEnum):
    """What put a review before its turn. Stored with the claim: never rename one."""

    TURN = "turn"
    OFFERED = "offered"


class Factor(StrEnum):
    """What a reason is about."""

    OFFERED = "offered"
    TURN = "turn"
    SEVERITY = "severity"
    TRUSTED = "trusted"
    DEADLINE = "deadline"
    REACH = "reach"
    REPORTS = "reports"
    WAITED = "waited"


class Reason(Model):
    """One reason why a review is served now. `text` is what `says` is made of, to be translated:
    `{number}` in it is the only thing to fill in."""

    factor: Factor
    text: str
    number: int | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def says(self) -> str:
        return self.text if self.number is None else self.text.format(number=f"{self.number:,}")


def marked(text: str) -> str:
    """The text itself, found by whoever collects texts for translation."""
    return text


def deadline_band(due_at: datetime, now: datetime) -> int:
    return sum(due_at > now + within for within in DUE_WITHIN)


def reach_band(reach: int) -> int:
    """0 for the widest."""
    return sum(reach < seen for seen in SEEN_BY)


def reports_band(reporters: int) -> int:
    """0 for the most reported."""
    return sum(reporters < people for people in REPORTED_BY)


def place(waiting: Waiting, now: datetime) -> tuple[Any, ...]:
    """What a queue is sorted by: the smallest is served first."""
    return (
        waiting.severity.rank,
        not waiting.trusted,
        deadline_band(waiting.due_at, now),
        reach_band(waiting.reach),
        reports_band(waiting.reporters),
        waiting.due_at,
        waiting.opened_at,
        waiting.review_id,
    )


def place_at_a_turn(waiting: Waiting, now: datetime, rules: QueueRules) -> tuple[Any, ...]:
    """As `place`, for a claim that serves what has waited longest: only critical ones go before."""
    if waiting.severity is Severity.CRITICAL:
        return 0, _LONG_AGO, *place(waiting, now)
    if waiting.opened_at <= now - rules.oldest_after:
        return 1, waiting.opened_at, *place(waiting, now)
    return 2, _LONG_AGO, *place(waiting, now)


def is_a_turn(claims_before: int, rules: QueueRules) -> bool:
    """Whether a person's next claim in a queue, after so many today, serves the oldest."""
    return (claims_before + 1) % rules.oldest_every == 0


def served_by_turn(waiting: Waiting, now: datetime, rules: QueueRules) -> bool:
    """Whether it was such a claim that served this one, and not its own weight."""
    is_old = waiting.opened_at <= now - rules.oldest_after
    return is_old and waiting.severity is not Severity.CRITICAL


def why_now(waiting: Waiting, at: datetime, chosen: Chosen | None = None) -> tuple[Reason, ...]:
    """Why this one was served at that moment, in the order in which it counted."""
    return tuple(_reasons(waiting, at, chosen))


def _reasons(waiting: Waiting, at: datetime, chosen: Chosen | None) -> Iterator[Reason]:
    if chosen is not None:
        yield Reason(factor=Factor(chosen.value), text=_CHOSEN[chosen])
    yield Reason(factor=Factor.SEVERITY, text=_SEVERITY[waiting.severity])
    if waiting.trusted:
        text = marked("a trusted flagger's notice or a legal order")
        yield Reason(factor=Factor.TRUSTED, text=text)
    yield _deadline(waiting.due_at, at)
    if waiting.reach >= SEEN_BY[-1]:
        text, number = marked("seen by about {number}"), _about(waiting.reach)
        yield Reason(factor=Factor.REACH, text=text, number=number)
    if waiting.reporters:
        yield _counted(Factor.REPORTS, waiting.reporters)
    yield from _waited(at - waiting.opened_at)


def _deadline(due_at: datetime, at: datetime) -> Reason:
    band = deadline_band(due_at, at)
    if band < len(_DUE):
        return Reason(factor=Factor.DEADLINE, text=_DUE[band])
    hours = int((due_at - at) / timedelta(hours=1))
    if hours < 2 * 24:
        text = marked("due in {number} hours")
        return Reason(factor=Factor.DEADLINE, text=text, number=hours)
    text = marked("due in {number} days")
    return Reason(factor=Factor.DEADLINE, text=text, number=hours // 24)


def _waited(span: timedelta) -> Iterator[Reason]:
    minutes = int(span / timedelta(minutes=1))
    for unit, one, more in _WAITED:
        if minutes >= unit:
            number = minutes // unit
            text = one if number == 1 else more
            yield Reason(factor=Factor.WAITED, text=text, number=None if number == 1 else number)
            return


def _counted(factor: Factor, number: int) -> Reason:
    if number == 1:
        return Reason(factor=factor, text=marked("one person reported it"))
    return Reason(factor=factor, text=marked("{number} people reported it"), number=number)


def _about(number: int) -> int:
    """Rounded down to two digits: 12,345 is about 12,000."""
    unit = int(10 ** max(len(str(number)) - 2, 0))
    return number // unit * unit


_CHOSEN = {
    Chosen.OFFERED: marked("kept for you"),
    Chosen.TURN: marked("now and then the one that has waited longest comes first"),
}
_SEVERITY = {
    Severity.CRITICAL: marked("critical"),
    Severity.HIGH: marked("high severity"),
    Severity.MEDIUM: marked("medium severity"),
    Severity.LOW: marked("low severity"),
}
_DUE = (
    marked("overdue"),
    marked("due in under 15 minutes"),
    marked("due in under an hour"),
    marked("due in under 4 hours"),
)
_WAITED = (
    (24 * 60, marked("has waited a day"), marked("has waited {number} days")),
    (60, marked("has waited an hour"), marked("has waited {number} hours")),
    (1, marked("has waited a minute"), marked("has waited {number} minutes")),
)
