"""Draws decisions of people for a second look, and ends those nobody came to."""

from datetime import timedelta

from casework.records import ReviewRecord
from casework.rereviews import Judged, time_at
from storage.rereviews import Place
from storage.store import Store
from workers.reviving import one_by_one

LOOKS_BACK = timedelta(days=7)
"""From where a process that has just started looks through what was decided."""


class Sampling:
    """May run in several processes at once: the same decisions are drawn, and each opened once."""

    def __init__(self, store: Store, usual: float) -> None:
        self._store = store
        self._usual = usual
        self._place: Place | None = None

    async def draw(self) -> None:
        place = self._place or (self._store.database.now() - LOOKS_BACK, "")
        judged = await self._store.rereviews.judged_since(place)
        await one_by_one(judged, self._perhaps_open)
        if judged:
            self._place = judged[-1].at, judged[-1].decision_id

    async def _perhaps_open(self, judged: Judged) -> None:
        policy = await self._store.policies.version(judged.policy, judged.policy_version)
        share = self._usual if policy.quality is None else policy.quality.sample
        if self._store.rereviews.is_drawn(judged, share):
            await self._store.rereviews.open(judged, policy.review)

    async def ask_anew(self) -> None:
        await one_by_one(await self._store.rereviews.due(), self._ask_anew)

    async def _ask_anew(self, review: ReviewRecord) -> None:
        policy = await self._store.policies.current(review.harm)
        await self._store.rereviews.ask_anew(review, time_at(review.desk, policy.review))
