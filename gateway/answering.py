"""Bringing what somebody handed in to whoever answers it: the story that asked, or the database."""

from activities.second_looks import SecondLooks
from casework.orders import Answer, SubmissionNews
from casework.records import ReviewRecord, Submission
from casework.words import HearingKind
from gateway.doors import Doors


class Answering:
    def __init__(self, doors: Doors) -> None:
        store = doors.store
        self._stories = doors.stories
        self._reviews = store.reviews
        self._second_looks = SecondLooks(
            store.cases, store.reviews, store.policies, store.rereviews
        )

    async def answer(self, review: ReviewRecord, submission: Submission) -> Answer:
        """What became of it. Asking again answers the same.

        Raises:
            Unavailable, NotFound: its story does not answer.
            Refused: a branch of it; it does not count.
        """
        if review.hearing is HearingKind.QUALITY:
            return await self._second_looks.accept(submission)
        return await self._told(review, submission.submission_id)

    async def deliver(self, submission_id: str, review_id: str) -> None:
        """As `answer`, for whoever only knows the ids."""
        review = await self._reviews.review(review_id)
        if review.hearing is not HearingKind.QUALITY:
            await self._told(review, submission_id)
            return
        submission = await self._reviews.submission(submission_id)
        if submission is not None:
            await self._second_looks.accept(submission)

    async def _told(self, review: ReviewRecord, submission_id: str) -> Answer:
        news = SubmissionNews(submission_id=submission_id, review_id=review.review_id)
        return await self._stories.decide(review.asked_by, news)
