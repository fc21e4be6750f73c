"""Where an account stands: what its strikes weigh, and what the ladder called for because of them.

Pure rules. A strike that was withdrawn counts as if it had never been given; one that has expired
had counted in its time, and what was imposed on it stays.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from casework.base import Model, Moment
from casework.ruling import Measure, Ruling
from casework.words import ActionKind


class Offence(Model):
    """A strike, and the item that it is for: one item is one offence."""

    decision_id: str
    item: str
    weight: int
    at: Moment
    expires_at: Moment
    withdrawn: bool = False

    def counts(self, now: datetime) -> bool:
        return not self.withdrawn and self.expires_at > now


class Imposed(Model):
    """A measure in force or on its way that a rung of the ladder asked for."""

    action_id: str
    kind: ActionKind
    rung: int
    lasts: timedelta | None
    own: bool
    """Whether the ruling itself asked for this kind too, and for how long (None: for good)."""
    own_lasts: timedelta | None = None


class Share(Model):
    """What of a planned action is the ladder's, and what the ruling's own."""

    rung: int | None = None
    own: bool = True
    own_lasts: timedelta | None = None


def weight_now(offences: Iterable[Offence], now: datetime) -> int:
    """The account's active weight: of several strikes for one item the heaviest counts."""
    return sum(_heaviest(each for each in offences if each.counts(now)).values())


def weight_before(struck: Offence, offences: Iterable[Offence]) -> int:
    """What counted when `struck` was given, without what was withdrawn since.

    A strike of the very same moment counts as earlier: in doubt nothing is lifted.
    """
    earlier = (
        each
        for each in offences
        if each.item != struck.item and each.at <= struck.at and each.counts(struck.at)
    )
    return sum(_heaviest(earlier).values())


def rungs_reached(before: int, weight: int, ladder: Mapping[int, Measure]) -> dict[int, Measure]:
    """The rungs that `weight`, added to `before`, steps on for the first time."""
    return {rung: ladder[rung] for rung in sorted(ladder) if before < rung <= before + weight}


def share_of(measure: Measure, own: Ruling, reached: Mapping[int, Measure]) -> Share:
    """Who asked for a measure of the full ruling. What the ruling asks for itself is its own."""
    asked = next((each for each in own.measures if each.kind is measure.kind), None)
    if asked is not None and asked.lasts == measure.lasts:
        return Share(own_lasts=measure.lasts)
    rung = next((rung for rung, each in reached.items() if each == measure), None)
    if rung is None:
        return Share(own_lasts=measure.lasts)
    return Share(rung=rung, own=asked is not None, own_lasts=asked.lasts if asked else None)


def still_called_for(imposed: Imposed, reached: Mapping[int, Measure]) -> Measure | None:
    """What remains of a measure when only `reached` was stepped on; None when nothing does.

    Never more than was imposed: nobody is told afterwards that it is to be longer.
    """
    asked = [each.lasts for each in reached.values() if each.kind is imposed.kind]
    if imposed.rung in reached and reached[imposed.rung].kind is not imposed.kind:
        asked.append(imposed.lasts)  # a warning in the place of the rung's own measure
    if imposed.own:
        asked.append(imposed.own_lasts)
    if not asked:
        return None
    longest = max(asked, key=_length)
    lasts = min(longest, imposed.lasts, key=_length)
    return Measure(kind=imposed.kind, lasts=lasts)


def _heaviest(offences: Iterable[Offence]) -> dict[str, int]:
    by_item: dict[str, int] = {}
    for each in offences:
        by_item[each.item] = max(each.weight, by_item.get(each.item, 0))
    return by_item


def _length(lasts: timedelta | None) -> timedelta:
    return timedelta.max if lasts is None else lasts
