"""What the steps need to know and to write of reviews."""

from datetime import datetime
from typing import Protocol

from casework.moves import Laid
from casework.orders import Answer, Decided
from casework.policy_parts import Desk
from casework.records import ReviewRecord, Submission


class ReviewBook(Protocol):
    async def review(self, review_id: str) -> ReviewRecord: ...

    async def settled(self, review_id: str) -> Decided | None:
        """The final decision of this review, if there is one."""

    async def hand_over(
        self, review_id: str, desk: str, due_at: datetime, skill: str | None = None
    ) -> None:
        """Move the review to another desk; claims end. Repeating changes nothing."""

    async def submission(self, submission_id: str) -> Submission | None:
        """What a person submitted through the gateway under a claim that held then, else None."""

    async def earlier(self, review_id: str) -> tuple[Submission, ...]:
        """Submissions accepted before on this review as one of two people, oldest first."""

    async def keep_as_first(self, submission: Submission, goes_to: Laid | None = None) -> Answer:
        """Record one of several people's answer and put the review back, not to be claimed by
        them; before another desk, or anew before its own, if it goes up. Repeating answers the
        same."""

    async def is_served(self, review_id: str, at: Desk, apart_from: str) -> bool:
        """Whether somebody else could claim it at this desk."""

    async def refuse(self, submission_id: str, review_id: str, case_id: str, why: str) -> None:
        """Audit a decision that was not accepted."""

    async def open_appeal(self, appeal_id: str, review: ReviewRecord) -> ReviewRecord:
        """Put an appeal before its first desk; repeating answers the review as it stands."""

    async def close_appeal(self, appeal_id: str) -> None: ...


class Outbox(Protocol):
    async def let_go(self, submission_id: str) -> bool:
        """Whether it may be delivered now; from then on nobody takes it back at the desk."""
