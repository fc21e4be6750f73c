"""A provider that knows one person, for tests of what stands before it."""

from urllib.parse import urlencode

from casework.errors import CaseworkError, TurnedDown
from casework.identities import Answer, Identity, Question

GOOD = "a good code"
ISSUER = "https://id.test"


class FakeOidc:
    """Answers for `subject` once to each question, or with the trouble it was given."""

    def __init__(self, subject: str = "s-1", trouble: CaseworkError | None = None) -> None:
        self.subject = subject
        self.trouble = trouble
        self.asked: list[Question] = []
        self._answered: set[str] = set()

    @property
    def name(self) -> str:
        return "Example Ltd"

    async def address(self, question: Question, back: str) -> str:
        self._complain()
        self.asked.append(question)
        return f"{ISSUER}/authorize?{urlencode({'state': question.state, 'redirect_uri': back})}"

    async def identity(self, question: Question, answer: Answer, back: str) -> Identity:
        self._complain()
        if answer.code != GOOD or question.state in self._answered or question not in self.asked:
            raise TurnedDown("id.test answered 400")
        self._answered.add(question.state)
        return Identity(issuer=ISSUER, subject=self.subject)

    def _complain(self) -> None:
        if self.trouble is not None:
            raise self.trouble
