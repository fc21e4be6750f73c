from collections.abc import Sequence

from casework.finding import Finding
from casework.records import Evidence
from integrations.examined import found, text_of
from integrations.scripted import Failures


class FakeScamSigns:
    """Answers with one score; `asked` are the items it was asked about."""

    def __init__(self, *, score: float = 0.0, fails_first: Sequence[Exception] = ()) -> None:
        self.asked: list[str] = []
        self._score = score
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return "scam_signs"

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        self.asked.append(evidence.item.id)
        self._failures.next()
        text_of(evidence, longest=100_000)
        return found(self.name, self._score, {"link": self._score}, model="fake scam_signs")
