"""Appeals as the person concerned files and follows them."""

from datetime import timedelta
from enum import StrEnum

from casework.base import Model, Moment
from casework.orders import AppealStart
from casework.words import ActionKind, Verdict
from storage.engine import Database
from storage.keys import Keyring


class AppealState(StrEnum):
    POSSIBLE = "possible"
    TOO_LATE = "too_late"
    FILED = "filed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class AppealFiled(AppealStart):
    """The appeal is stored; its story has to be started with exactly these fields."""

    @property
    def start(self) -> AppealStart:
        return AppealStart(
            appeal_id=self.appeal_id,
            decision_id=self.decision_id,
            case_id=self.case_id,
            harm=self.harm,
        )


class AppealView(Model):
    """What the person concerned may see. `deadline` is None until the notice is delivered."""

    state: AppealState
    subject: str
    body: str
    grounds: str
    automated: bool
    measures: tuple[ActionKind, ...]
    decided_at: Moment
    deadline: Moment | None
    filed_at: Moment | None = None
    closed_at: Moment | None = None
    outcome: Verdict | None = None


class Appeals:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def file(self, notice_id: str, words: str, by_channel: str = "web") -> AppealFiled:
        """Store an appeal against the decision this notice told of.

        Raises:
            NotFound: no such notice, or nothing in it to appeal against.
            AppealWindowClosed: the period counted from the notice's delivery is over.
            AlreadyAppealed: this decision has been appealed before.
            Malformed, TooLarge: no words, or more than 5 000 characters.
        """
        raise NotImplementedError

    async def look(self, notice_id: str) -> AppealView:
        """Raises NotFound: no such notice, or nothing in it to appeal against."""
        raise NotImplementedError

    async def unstarted(self, older_than: timedelta, limit: int = 500) -> list[AppealStart]:
        """Filed at least so long ago and not yet put before a desk, oldest first."""
        raise NotImplementedError
