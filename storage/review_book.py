"""Reviews as the stories see them: the `ReviewBook` port."""

from datetime import datetime

from casework.orders import Decided
from casework.records import ReviewRecord, Submission
from storage.engine import Database
from storage.keys import Keyring


class ReviewBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def review(self, review_id: str) -> ReviewRecord:
        raise NotImplementedError

    async def settled(self, review_id: str) -> Decided | None:
        raise NotImplementedError

    async def hand_over(self, review_id: str, desk: str, due_at: datetime) -> None:
        raise NotImplementedError

    async def submission(self, submission_id: str) -> Submission | None:
        raise NotImplementedError

    async def earlier(self, review_id: str) -> tuple[Submission, ...]:
        raise NotImplementedError

    async def keep_as_first(self, submission: Submission) -> None:
        raise NotImplementedError

    async def refuse(self, submission_id: str, review_id: str, case_id: str, why: str) -> None:
        raise NotImplementedError

    async def open_appeal(self, appeal_id: str, review: ReviewRecord) -> ReviewRecord:
        raise NotImplementedError

    async def close_appeal(self, appeal_id: str) -> None:
        raise NotImplementedError
