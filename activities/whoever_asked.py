"""Whoever asked people a question: a story, or, of a second look, nobody but the database.

Every process that brings an answer, or a wish to have it answered elsewhere, goes through here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from activities.moving import Moving
from activities.second_looks import SecondLooks
from casework.moves import FollowReview, MoveBook
from casework.orders import Answer, SubmissionNews
from casework.ports import CaseBook, PolicyBook
from casework.quality_ports import SecondLookBook
from casework.records import ReviewRecord, Submission
from casework.review_ports import Outbox, ReviewBook
from casework.words import HearingKind


class Books(Protocol):
    @property
    def cases(self) -> CaseBook: ...
    @property
    def reviews(self) -> ReviewBook: ...
    @property
    def policies(self) -> PolicyBook: ...
    @property
    def rereviews(self) -> SecondLookBook: ...
    @property
    def moves(self) -> MoveBook: ...
    @property
    def on_the_way(self) -> Outbox: ...


class Stories(Protocol):
    """Every call is safe to repeat. Both raise Unavailable when no story answers in time."""

    async def decide(self, workflow_id: str, news: SubmissionNews) -> Answer: ...

    async def moved(self, workflow_id: str) -> None: ...


class WhoeverAsked:
    """Everything here may be repeated, by several processes at once."""

    def __init__(self, books: Books, stories: Stories, clock: Callable[[], datetime]) -> None:
        self._stories = stories
        self._reviews = books.reviews
        self._on_the_way = books.on_the_way
        self._second_looks = SecondLooks(
            books.cases, books.reviews, books.policies, books.rereviews
        )
        self._moving = Moving(books.cases, books.reviews, books.policies, books.moves)
        self._clock = clock

    async def answer(self, review: ReviewRecord, submission: Submission) -> Answer:
        """What became of it.

        Raises:
            Unavailable, NotFound: its story does not answer.
            Refused: a branch of it; it does not count.
        """
        if review.hearing is HearingKind.QUALITY:
            return await self._second_looks.accept(submission)
        news = SubmissionNews(
            submission_id=submission.submission_id, review_id=submission.review_id
        )
        return await self._stories.decide(review.asked_by, news)

    async def deliver(self, submission_id: str) -> None:
        """As `answer`, once nobody can take it back at the desk any more; else nothing happens."""
        if not await self._on_the_way.let_go(submission_id):
            return
        submission = await self._reviews.submission(submission_id)
        if submission is not None:
            await self.answer(await self._reviews.review(submission.review_id), submission)

    async def moved(self, review: ReviewRecord) -> None:
        """Have a review laid where somebody wants it.

        Raises:
            Unavailable, NotFound: it lies where it was, and nobody claims it until this is
                repeated.
        """
        if review.hearing is HearingKind.QUALITY:
            order = FollowReview(review_id=review.review_id, at=self._clock())
            await self._moving.follow_review(order)
            return
        await self._stories.moved(review.asked_by)
