from collections.abc import Sequence

from casework.handoffs import Handout
from integrations.coop.settings import NAME
from integrations.scripted import Failures


class FakeCoop:
    """`reports` is every report in order, `jobs` what it has to do: one of each reference."""

    def __init__(
        self,
        *,
        fails_first: Sequence[Exception] = (),
        loses_answers: Sequence[Exception] = (),
    ) -> None:
        self.reports: list[str] = []
        self.jobs: dict[str, Handout] = {}
        self._failures = Failures(fails_first)
        self._lost = Failures(loses_answers)

    @property
    def name(self) -> str:
        return NAME

    async def hand_out(self, handout: Handout) -> str:
        """`loses_answers` are raised once it has the report."""
        self._failures.next()
        self.reports.append(handout.reference)
        self.jobs.setdefault(handout.reference, handout)
        self._lost.next()
        return f"report-{len(self.reports)}"
