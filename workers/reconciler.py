"""Finds what was promised and never started, and starts it.

A crash between a commit and Temporal's acknowledgement leaves a detection, a submission or an
appeal that is stored and that no story knows. A story that somebody terminated leaves an open case
that nobody works on. Everything here may be done twice, and by several processes at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from activities.whoever_asked import WhoeverAsked
from casework.errors import CaseworkError
from casework.orders import CaseStart, DetectionNews
from storage.intake import Accepted
from storage.store import Store
from workers.holding import Holding
from workers.office import USUAL, Office
from workers.people_wanted import PeopleWanted
from workers.reviving import Reviver, facts_of, one_by_one
from workers.sampling import Sampling
from workers.siblings import Siblings
from workflows.front_door import TemporalStories

EVERY = timedelta(seconds=5)
SETTLED = timedelta(seconds=5)
"""How old something must be before it counts as left behind, not as still on its way."""

_log = structlog.get_logger()


class Reconciler:
    def __init__(
        self,
        store: Store,
        stories: TemporalStories,
        settled: timedelta = SETTLED,
        office: Office = USUAL,
    ) -> None:
        self._store = store
        self._stories = stories
        self._settled = settled
        self._reviver = Reviver(store, stories)
        self._siblings = Siblings(store, stories)
        self._holding = Holding(store, stories)
        self._sampling = Sampling(store, office.usual_sample)
        self._people_wanted = PeopleWanted(store, stories, office)
        self._asked = WhoeverAsked(store, stories, store.database.now)

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
            self.tell_of_moves,
            self._holding.release,
            self._holding.call_for_trips,
            self._end_what_is_over,
            self._siblings.merge,
            self._siblings.tell,
            self._siblings.reopen,
            self._reviver.restart_what_was_ended,
            self._reviver.restart_what_was_forgotten,
            self._reviver.restart_recalls,
            self._sampling.draw,
            self._sampling.ask_anew,
            self._people_wanted.call,
            self._people_wanted.tell,
            self._forget_old_answers,
            self._forget_ended_sessions,
        )
        for one in rounds:
            try:
                await one()
            except CaseworkError as error:
                _log.warning("reconciler", round=one.__name__.strip("_"), code=error.code)

    async def _forget_old_answers(self) -> None:
        await self._store.idempotency.sweep()

    async def _forget_ended_sessions(self) -> None:
        await self._store.sessions.sweep()

    async def _start_detections(self) -> None:
        left = await self._store.intake.unacknowledged(self._settled)
        await one_by_one(left, self._start)

    async def _start(self, left: Accepted) -> None:
        start = CaseStart(case_id=left.case_id, harm=left.harm)
        news = DetectionNews(detection_id=left.detection_id)
        await self._stories.detected(start, news, await facts_of(self._store, start))
        await self._store.intake.acknowledged(left.detection_id)
        _log.info("reconciler", started=left.case_id)

    async def deliver_submissions(self) -> None:
        left = await self._store.desk.pending_submissions(self._settled)
        await one_by_one([each.submission_id for each in left], self._asked.deliver)

    async def _end_what_is_over(self) -> None:
        """Effects whose end was moved to a moment that is over: their story was never told."""
        left = await self._store.action_orders.overdue(self._settled)
        await one_by_one(left, self._reviver.end)

    async def tell_of_moves(self) -> None:
        """Reviews that were sent to another desk and still lie where they were."""
        left = await self._store.moves.untold(self._settled)
        await one_by_one(left, self._asked.moved)

    async def _start_appeals(self) -> None:
        left = await self._store.appeals.unstarted(self._settled)
        await one_by_one(left, self._stories.appeal)
