"""Quotas: how often one caller may knock."""

import math
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from casework.errors import TooMany

_REMEMBERED = 20_000
"""Callers kept in mind per process; the one not seen for longest is forgotten first."""


class Rates:
    """A bucket per caller and kind of call, full at first, refilled evenly over each minute.

    Kept in this process: with several gateways a caller has the quota at each of them.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()

    def count(self, caller: str, kind: str, per_minute: int) -> None:
        """Take one from the caller's bucket.

        Raises:
            TooMany: it is empty; `retry_after` says when there is one again, in whole seconds.
        """
        now = self._clock()
        left, since = self._buckets.pop((caller, kind), (float(per_minute), now))
        passed = max(0.0, (now - since).total_seconds())
        left = min(float(per_minute), left + passed * per_minute / 60)
        empty = left < 1
        self._buckets[caller, kind] = (left if empty else left - 1, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if empty:
            wait = math.ceil((1 - left) * 60 / per_minute)
            raise TooMany(
                "more than %(most)s %(kind)s a minute",
                retry_after=timedelta(seconds=wait),
                most=per_minute,
                kind=kind,
            )
