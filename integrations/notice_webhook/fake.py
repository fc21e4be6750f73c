from collections.abc import Sequence

from casework.records import Statement
from integrations.scripted import Failures


class FakeNoticeWebhook:
    """`sent` are the notices as the platform has them, each once; `attempts` the ids of all."""

    def __init__(self, *, fails_first: Sequence[Exception] = ()) -> None:
        self.attempts: list[str] = []
        self._sent: dict[str, Statement] = {}
        self._failures = Failures(fails_first)

    @property
    def name(self) -> str:
        return "webhook"

    @property
    def sent(self) -> list[Statement]:
        return list(self._sent.values())

    async def send(self, statement: Statement) -> None:
        self.attempts.append(statement.notice_id)
        self._failures.next()
        self._sent.setdefault(statement.notice_id, statement)
