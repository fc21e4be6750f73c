"""What the gateway needs from the stories, and from whoever holds the payload keys."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import JsonValue, SecretStr

from casework.identities import Answer as SignInAnswer
from casework.identities import Question, SignedOutThere, Vouched
from casework.orders import (
    Answer,
    AppealStart,
    CaseStart,
    DetectionNews,
    EscalationStart,
    StartFacts,
    SubmissionNews,
    VerdictAnswer,
)
from casework.recalls import RecallStart
from casework.second_thoughts import Undone, UndoNews

Payload = dict[str, JsonValue]
"""A Temporal payload in its JSON form: `metadata` and `data`, both base64."""


class Stories(Protocol):
    """Every call is safe to repeat. All raise Unavailable when Temporal does not answer."""

    async def ping(self) -> None: ...

    async def detected(self, start: CaseStart, news: DetectionNews, facts: StartFacts) -> None:
        """Tell the case, starting it if need be. Returns once Temporal has it."""

    async def verdict(
        self, start: CaseStart, news: DetectionNews, facts: StartFacts, wait: timedelta
    ) -> VerdictAnswer | None:
        """As `detected`, and the ruling if there is one within `wait`."""

    async def decide(self, workflow_id: str, news: SubmissionNews) -> Answer:
        """What became of a stored submission.

        Raises:
            Unavailable: no answer in time; the submission will be delivered again.
            Refused: a branch of it, when the story does not accept the decision.
        """

    async def moved(self, workflow_id: str) -> None:
        """Tell a story that its review was sent to another desk."""

    async def undo(self, workflow_id: str, news: UndoNews) -> Undone:
        """Have a decision taken back and the case ask again. Raises TooLate, Forbidden."""

    async def appeal(self, start: AppealStart) -> None: ...

    async def escalate(self, start: EscalationStart) -> None: ...

    async def acknowledge(self, case_id: str, reason: str, by: str) -> None: ...

    async def recall(self, start: RecallStart) -> None:
        """Tell the story of a recall that may run."""

    async def recall_changed(self, recall_id: str) -> None:
        """Let the story look at the database at once."""

    async def action_changed(self, action_id: str) -> None:
        """Tell an action's story, if it has one, that something was ordered about it."""

    async def retry(self, case_id: str) -> None:
        """Push whatever the case is blocked on."""

    async def released(self, workflow_ids: Iterable[str]) -> None:
        """Tell parked stories that no hold covers them any more."""

    async def over(self, case_id: str, reason: str) -> None:
        """What was paged is over. Nothing happens where nobody was called."""


class Codec(Protocol):
    """Makes the payloads in Temporal readable, for people who may read them."""

    async def decode(self, payloads: list[Payload]) -> list[Payload]: ...

    async def encode(self, payloads: list[Payload]) -> list[Payload]: ...


class IdentityProvider(Protocol):
    """Where people show who they are. All raise Unavailable, TurnedDown and Nonsense."""

    @property
    def name(self) -> str:
        """As people call it."""

    async def address(self, question: Question, back: str) -> str:
        """Where the browser is to go. It comes back to `back`."""

    async def identity(self, question: Question, answer: SignInAnswer, back: str) -> Vouched:
        """Who has signed in there, in answer to this question."""

    async def way_out(self, proof: SecretStr | None, state: str, back: str) -> str | None:
        """Where the browser is to go to sign out there too, if there is such a place."""

    async def signed_out(self, logout_token: str) -> SignedOutThere:
        """Whose session there is over, as the provider itself has told us."""


class Callback(Protocol):
    """A vendor that calls back, and what its calls mean to us."""

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """The id of a genuine message. Raises Unauthenticated."""

    async def take(self, message_id: str, body: bytes) -> None:
        """Called once per message that was not taken before. Raises Malformed, Unavailable."""
