from collections.abc import Sequence

from casework.ports import Alert
from integrations.scripted import Failures


class FakePager:
    """A pager of any name. `paged` and `resolved` are what it was given, in order; `open` are the
    alerts that ring, by key."""

    def __init__(self, *, name: str = "pagerduty", fails_first: Sequence[Exception] = ()) -> None:
        self.paged: list[Alert] = []
        self.resolved: list[str] = []
        self.open: dict[str, Alert] = {}
        self._name = name
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return self._name

    async def page(self, alert: Alert) -> None:
        self._failures.next()
        self.paged.append(alert)
        self.open[alert.key] = alert

    async def resolve(self, key: str) -> None:
        self._failures.next()
        self.resolved.append(key)
        self.open.pop(key, None)
