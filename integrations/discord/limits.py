"""Discord's limits, kept before they are told.

Facts from topics/rate-limits in github.com/discord/discord-api-docs (August 2026). Limits are never
written down here: they are read from the headers of every answer. What is learnt is one process's
own; several workers meet the limit together and are then told off with a 429, which is honoured.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from casework.errors import TurnedDown, Unavailable
from integrations.http import LONGEST_WAIT

_WINDOW: Final = timedelta(minutes=10)
"""Invalid requests are counted over this time."""

_TOKEN_REFUSED_FOR: Final = timedelta(minutes=5)
"""How long nothing is asked after a 401: the token does not get better by asking."""

_MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True)
class Route:
    """What shares a limit: a method and a pattern, for one channel or guild."""

    pattern: str
    major: str


@dataclass
class _Bucket:
    """`remaining` of `limit` until `resets_at`; then all of them again, for another `period`."""

    limit: int
    remaining: int
    resets_at: datetime
    period: timedelta

    def wait(self, now: datetime) -> timedelta:
        """How long until the next request may go; takes its place when it may go now."""
        if now >= self.resets_at:
            self.remaining, self.resets_at = self.limit, now + self.period
        if self.remaining <= 0:
            return self.resets_at - now
        self.remaining -= 1
        return timedelta()


@dataclass
class RateLimits:
    """Which limits are spent, by bucket and by channel or guild, and the one over everything."""

    clock: Callable[[], datetime]
    _names: dict[str, str] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _everything_until: datetime | None = None

    def wait(self, route: Route) -> timedelta:
        """0 when a request may be made, which then counts. A route never used may always."""
        now = self.clock()
        if self._everything_until and now < self._everything_until:
            return self._everything_until - now
        bucket = self._buckets.get(self._key(route))
        return bucket.wait(now) if bucket else timedelta()

    def learn(self, route: Route, headers: Mapping[str, str]) -> None:
        """Take note of the X-RateLimit headers; what cannot be read teaches nothing."""
        name = headers.get("x-ratelimit-bucket")
        limit = _number(headers.get("x-ratelimit-limit"))
        remaining = _number(headers.get("x-ratelimit-remaining"))
        reset_after = _seconds(headers.get("x-ratelimit-reset-after"))
        if name is None or limit is None or remaining is None or reset_after is None:
            return
        if len(self._buckets) >= _MOST_BUCKETS:
            self._buckets.clear()
        self._names[route.pattern] = name
        key = self._key(route)
        before = self._buckets.get(key)
        resets_at = self.clock() + reset_after
        if before and resets_at - before.resets_at < reset_after / 2:
            # Answers may overtake each other: within one window the smaller number is the newer.
            remaining = min(remaining, before.remaining)
        period = max(reset_after, before.period) if before else reset_after
        self._buckets[key] = _Bucket(limit, remaining, resets_at, period)

    def told_off(self, route: Route, wait: timedelta) -> None:
        """A 429 for this bucket."""
        until = self.clock() + wait
        bucket = self._buckets.setdefault(
            self._key(route), _Bucket(limit=1, remaining=0, resets_at=until, period=wait)
        )
        bucket.remaining, bucket.resets_at = 0, until

    def told_off_everywhere(self, wait: timedelta) -> None:
        """A 429 for everything this bot, or this address, asks."""
        self._everything_until = self.clock() + wait

    def _key(self, route: Route) -> tuple[str, str]:
        return self._names.get(route.pattern, route.pattern), route.major


@dataclass
class InvalidRequests:
    """Refusals Discord counts against an address: 10,000 of 401, 403 and 429 in ten minutes shut
    it out, and everybody behind it. A 429 with the scope `shared` does not count."""

    clock: Callable[[], datetime]
    cap: int
    _at: deque[datetime] = field(default_factory=deque)
    _token_refused_until: datetime | None = None

    def check(self) -> None:
        """Before every request.

        Raises:
            Unavailable: with the wait, when too many were refused already.
            TurnedDown: when the token was refused a moment ago.
        """
        now = self.clock()
        if self._token_refused_until and now < self._token_refused_until:
            raise TurnedDown("Discord refused the bot's token a moment ago")
        while self._at and self._at[0] <= now - _WINDOW:
            self._at.popleft()
        if len(self._at) >= self.cap:
            wait = self._at[0] + _WINDOW - now
            raise Unavailable("Discord refused too much lately: waiting", retry_after=wait)

    def count(self) -> None:
        self._at.append(self.clock())

    def token_refused(self) -> None:
        self.count()
        self._token_refused_until = self.clock() + _TOKEN_REFUSED_FOR


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None


def _seconds(text: str | None) -> timedelta | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return wait_of(seconds) if math.isfinite(seconds) and seconds >= 0 else None


def wait_of(seconds: float) -> timedelta:
    """At most `LONGEST_WAIT`, lest one bad answer parks us for a year."""
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
