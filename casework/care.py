"""How much hard evidence somebody looks at, and for how long they work: what is too much.

All of it over the last 24 hours, not a calendar day: a limit that starts again at midnight is none
for whoever works at night, wherever the server's midnight lies.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from casework.base import Model, Moment, Slug
from casework.words import Severity

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)

Limit = Annotated[int, Field(ge=0, le=100_000)]
Limits = dict[Slug, Limit]
"""Pieces of evidence in 24 hours, by severity or harm."""


class CareRules(Model):
    """What the office sets. As it is here: no limits, and no break is asked for."""

    limits: Limits = Field(default_factory=dict)
    break_after: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(hours=12))] = timedelta()
    """Work without a pause; zero: nobody is sent into one."""
    break_lasts: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(hours=2))] = timedelta(
        minutes=10
    )
    """A shorter time without a review in hand is no pause."""

    golden: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of claims that are served a case whose right answer is known."""


NO_LIMITS = CareRules()


class Seen(Model):
    """A piece of evidence that was in somebody's hands from `at` until `until`."""

    review_id: str
    queue: Slug
    """From which it was claimed."""
    harm: Slug
    severity: Severity
    at: Moment
    until: Moment


class Break(Model):
    began_at: Moment
    until: Moment
    """Its end, if it has ended; until then what was meant."""


class Reached(Model):
    """A limit that keeps reviews of this severity or harm from somebody until `again_at`."""

    of: Slug
    limit: int
    again_at: Moment | None
    """None: this kind is never served to them."""


class Exposure(Model):
    """How much of one kind somebody looked at, each review once."""

    of: Slug
    day: int
    week: int
    limit: int | None = None


def tighter(office: Mapping[str, int], own: Mapping[str, int]) -> dict[str, int]:
    """A person's own limits only ever lower those of the office."""
    return {key: min(each.get(key, 100_000) for each in (office, own)) for key in {*office, *own}}


def reached(seen: Iterable[Seen], limits: Mapping[str, int], now: Moment) -> tuple[Reached, ...]:
    """The limits that are used up, in the order of their names."""
    looks = list(seen)
    return tuple(
        found
        for key, limit in sorted(limits.items())
        if (found := _reached(key, limit, _times(looks, key, now - DAY))) is not None
    )


def exposures(seen: Iterable[Seen], limits: Mapping[str, int], now: Moment) -> tuple[Exposure, ...]:
    """Every severity and harm that was looked at or has a limit: severities first."""
    looks = list(seen)
    severities = [each.value for each in Severity]
    named = {look.harm for look in looks} | {look.severity.value for look in looks} | set(limits)
    order = [*severities, *sorted(named - set(severities))]
    return tuple(
        Exposure(
            of=key,
            day=len(_times(looks, key, now - DAY)),
            week=len(_times(looks, key, now - WEEK)),
            limit=limits.get(key),
        )
        for key in order
        if key in named
    )


def rests_until(
    seen: Sequence[Seen], breaks: Sequence[Break], rules: CareRules, now: Moment
) -> Moment | None:
    """Until when nothing is served to somebody who worked too long, or takes a break."""
    if (taken := _on_a_break(breaks, now)) is not None:
        return taken
    since = _working_since(seen, breaks, rules.break_lasts, now)
    if not rules.break_after or since is None or now - since < rules.break_after:
        return None
    return min(max(look.until for look in seen), now) + rules.break_lasts


def _on_a_break(breaks: Sequence[Break], now: Moment) -> Moment | None:
    standing = [each.until for each in breaks if each.began_at <= now < each.until]
    return max(standing, default=None)


def _working_since(
    seen: Sequence[Seen], breaks: Sequence[Break], lasts: timedelta, now: Moment
) -> Moment | None:
    """When the work began that no pause has interrupted; None while there is one."""
    rested = [each.until for each in breaks if each.until - each.began_at >= lasts]
    after = max((end for end in rested if end <= now), default=None)
    began = now
    for look in sorted(seen, key=lambda each: each.until, reverse=True):
        if began - look.until >= lasts:
            break
        began = min(began, look.at)
    if after is not None:
        began = max(began, after)
    return None if began == now else began


def _times(looks: Iterable[Seen], key: str, since: Moment) -> list[Moment]:
    """When each review of this kind was looked at last, the earliest first."""
    last: dict[str, Moment] = {}
    for look in looks:
        if look.at > since and key in {look.harm, look.severity.value}:
            last[look.review_id] = max(look.at, last.get(look.review_id, look.at))
    return sorted(last.values())


def _reached(key: str, limit: int, times: Sequence[Moment]) -> Reached | None:
    if len(times) < limit:
        return None
    again = times[len(times) - limit] + DAY if limit else None
    return Reached(of=key, limit=limit, again_at=again)
