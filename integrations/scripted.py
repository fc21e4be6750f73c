"""What fakes have in common: they fail first as often as they were told, then work."""

from collections.abc import Mapping, Sequence

from casework.finding import Finding
from casework.records import Evidence, Statement
from integrations.examined import found, text_of


class Failures:
    """Raises each given error once, in order; after that nothing fails."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self._left = list(errors)

    def add(self, errors: Sequence[Exception]) -> None:
        self._left += errors

    def next(self) -> None:
        if self._left:
            raise self._left.pop(0)


class ScriptedChannel:
    """`sent` are the notices as the other side has them, each once; `attempts` the ids of all."""

    def __init__(self, name: str, fails_first: Sequence[Exception]) -> None:
        self.attempts: list[str] = []
        self._name = name
        self._sent: dict[str, Statement] = {}
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return self._name

    @property
    def sent(self) -> list[Statement]:
        return list(self._sent.values())

    async def send(self, statement: Statement) -> None:
        self.attempts.append(statement.notice_id)
        self._failures.next()
        self._sent.setdefault(statement.notice_id, statement)


class ScriptedCheck:
    """Answers with one score under each label; `asked` are the items it was asked about."""

    def __init__(
        self, name: str, labels: Mapping[str, float], fails_first: Sequence[Exception]
    ) -> None:
        self.asked: list[str] = []
        self._name = name
        self._labels = dict(labels)
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return self._name

    async def examine(self, evidence: Evidence, harm: str) -> Finding:  # noqa: ARG002
        self.asked.append(evidence.item.id)
        self._failures.next()
        text_of(evidence, longest=100_000)
        worst = max(self._labels.values())
        return found(self._name, worst, self._labels, model=f"fake {self._name}")
