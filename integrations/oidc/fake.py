"""A provider that knows one person, for tests of what stands before it."""

from urllib.parse import urlencode

from pydantic import SecretStr

from casework.errors import CaseworkError, Nonsense, TurnedDown
from casework.identities import Answer, Identity, Question, SignedOutThere, Vouched

GOOD = "a good code"
ISSUER = "https://id.test"


class FakeOidc:
    """Answers for `subject` once to each question, or with the trouble it was given."""

    def __init__(self, subject: str = "s-1", trouble: CaseworkError | None = None) -> None:
        self.subject = subject
        self.groups: frozenset[str] = frozenset()
        self.called = ""
        self.proof = f"id token of {subject}"
        self.has_a_way_out = True
        self.shown: list[str | None] = []
        """The proof that came with each who left; None without one."""
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

    async def identity(self, question: Question, answer: Answer, back: str) -> Vouched:
        self._complain()
        if answer.code != GOOD or question.state in self._answered or question not in self.asked:
            raise TurnedDown("id.test answered 400")
        self._answered.add(question.state)
        identity = Identity(issuer=ISSUER, subject=self.subject)
        proof = SecretStr(self.proof)
        return Vouched(identity=identity, groups=self.groups, called=self.called, proof=proof)

    async def way_out(self, proof: SecretStr | None, state: str, back: str) -> str | None:
        self._complain()
        if not self.has_a_way_out:
            return None
        self.shown.append(None if proof is None else proof.get_secret_value())
        said = {"state": state, "post_logout_redirect_uri": back}
        return f"{ISSUER}/sign-out?{urlencode(said)}"

    async def signed_out(self, logout_token: str) -> SignedOutThere:
        """Of a token like `jti subject`."""
        self._complain()
        message_id, _, subject = logout_token.partition(" ")
        if not subject:
            raise Nonsense("a logout token that is not for us")
        identity = Identity(issuer=ISSUER, subject=subject)
        return SignedOutThere(message_id=message_id, identity=identity)

    def _complain(self) -> None:
        if self.trouble is not None:
            raise self.trouble
