"""Finds what was promised and never started, and starts it.

A crash between a commit and Temporal's acknowledgement leaves a detection, a submission or an
appeal that is stored and that no story knows. A story that somebody terminated leaves an open case
that nobody works on. Everything here may be done twice, and by several processes at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from casework.errors import AlreadyDecided, CaseworkError, Forbidden, NotFound
from casework.identity import appeal_workflow, case_workflow
from casework.orders import CaseStart, DetectionNews, SubmissionNews
from casework.records import ReviewRecord, Submission
from casework.words import HearingKind
from storage.intake import Accepted
from storage.store import Store
from workers.reviving import Reviver, facts_of
from workflows.front_door import TemporalStories

EVERY = timedelta(seconds=5)
SETTLED = timedelta(seconds=5)
"""How old something must be before it counts as left behind, not as still on its way."""

_log = structlog.get_logger()


class Reconciler:
    def __init__(
        self, store: Store, stories: TemporalStories, settled: timedelta = SETTLED
    ) -> None:
        self._store = store
        self._stories = stories
        self._settled = settled
        self._reviver = Reviver(store, stories)

    async def keep_going(self) -> None:
        """Look again and again, until cancelled. A failing round is said and tried again."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY.total_seconds())

    async def once(self) -> None:
        rounds: tuple[Callable[[], Awaitable[None]], ...] = (
            self._start_detections,
            self.deliver_submissions,
            self._start_appeals,
            self._reviver.restart_what_was_ended,
            self._reviver.restart_what_was_forgotten,
            self._forget_old_answers,
        )
        for one in rounds:
            try:
                await one()
            except CaseworkError as error:
                _log.warning("reconciler", round=one.__name__.strip("_"), code=error.code)

    async def _forget_old_answers(self) -> None:
        await self._store.idempotency.sweep()

    async def _start_detections(self) -> None:
        for left in await self._store.intake.unacknowledged(self._settled):
            await self._start(left)

    async def _start(self, left: Accepted) -> None:
        start = CaseStart(case_id=left.case_id, harm=left.harm)
        news = DetectionNews(detection_id=left.detection_id)
        await self._stories.detected(start, news, await facts_of(self._store, start))
        await self._store.intake.acknowledged(left.detection_id)
        _log.info("reconciler", started=left.case_id)

    async def deliver_submissions(self) -> None:
        for submission in await self._store.desk.pending_submissions(self._settled):
            review = await self._store.reviews.review(submission.review_id)
            news = SubmissionNews(
                submission_id=submission.submission_id, review_id=submission.review_id
            )
            try:
                await self._stories.decide(await self._asks(review, submission), news)
            except (AlreadyDecided, Forbidden, NotFound) as refusal:
                _log.warning("reconciler", submission=news.submission_id, code=refusal.code)

    async def _asks(self, review: ReviewRecord, submission: Submission) -> str:
        """The workflow that put this review before people."""
        if review.hearing is HearingKind.FIRST:
            return case_workflow(review.harm, review.case_id)
        return appeal_workflow(await self._store.reviews.appealed_decision(submission.review_id))

    async def _start_appeals(self) -> None:
        for start in await self._store.appeals.unstarted(self._settled):
            await self._stories.appeal(start)
