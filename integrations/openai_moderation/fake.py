from collections.abc import Mapping, Sequence

from casework.finding import Finding
from casework.records import Evidence
from integrations.examined import found, text_of
from integrations.scripted import Failures


class FakeOpenAiModeration:
    """Answers with one score, or with one per text in `scores`; `asked` are the items' ids."""

    def __init__(
        self,
        *,
        score: float = 0.0,
        scores: Mapping[str, float] | None = None,
        fails_first: Sequence[Exception] = (),
    ) -> None:
        self.asked: list[str] = []
        self._score = score
        self._scores = dict(scores or {})
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return "vendor_moderation"

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        self.asked.append(evidence.item.id)
        self._failures.next()
        score = self._scores.get(text_of(evidence, longest=100_000), self._score)
        return found(self.name, score, {"harassment": score}, model="fake moderation")
