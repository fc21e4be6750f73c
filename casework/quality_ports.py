"""What answering a second look needs from the database."""

from typing import Protocol

from casework.records import Submission


class SecondLookBook(Protocol):
    async def answer(self, submission: Submission) -> None:
        """Write the answer down and close the review, in one commit. Repeating changes nothing.

        Raises:
            CaseClosed: it lapsed meanwhile: the evidence was erased, or the case asked again.
            AlreadyDecided: another answer came first, or this one was refused.
            Forbidden: whoever answers had a part in the case.
        """
