"""The simulated limits: so many requests of one kind, for each channel or guild, in each window."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Quota:
    limit: int
    window: timedelta
    clock: Callable[[], datetime]
    _used: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def take(self, route: str, major: str) -> tuple[dict[str, str], timedelta | None]:
        """The headers every answer carries, and the wait when this request is one too many."""
        now = self.clock()
        began, used = self._used.get((route, major), (now, 0))
        if now >= began + self.window:
            began, used = now, 0
        wait = began + self.window - now
        self._used[route, major] = (began, used + 1)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - used - 1)),
            "X-RateLimit-Reset": f"{(now + wait).timestamp():.3f}",
            "X-RateLimit-Reset-After": f"{wait.total_seconds():.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:8],
        }
        return headers, wait if used >= self.limit else None
