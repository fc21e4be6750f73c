"""Ends the cases that a ban makes pointless, and opens them again when it is taken back.

A ban is on record before this looks, and everything here may be done twice: who dies in between
leaves it to the next round.
"""

from datetime import UTC, datetime, timedelta

import structlog

from activities.settling import first_review
from casework.identity import case_workflow
from casework.orders import CaseStart, DetectionNews
from casework.siblings import SEPARATED, MergedCase, Sibling
from casework.words import WhenBanned
from storage.store import Store
from workers.reviving import FIRST_PAUSE, LONGEST_PAUSE, facts_of, one_by_one
from workflows.front_door import TemporalStories

_log = structlog.get_logger()


class Siblings:
    def __init__(self, store: Store, stories: TemporalStories) -> None:
        self._store = store
        self._stories = stories
        self._told: dict[str, tuple[datetime, timedelta]] = {}

    async def merge(self) -> None:
        """End what waits for people on an account that was banned for good meanwhile."""
        await one_by_one(await self._store.siblings.to_merge(), self._merge)

    async def tell(self) -> None:
        """Tell the stories of merged cases again, at growing intervals, until they have ended."""
        left = await self._store.siblings.merged()
        known = {each.case_id for each in left}
        self._told = {case: at for case, at in self._told.items() if case in known}
        await one_by_one([each for each in left if self._is_time(each)], self._tell)

    async def reopen(self) -> None:
        """Put before people again what was merged into a ban that is no more."""
        await one_by_one(await self._store.siblings.to_reopen(), self._reopen)

    async def _merge(self, sibling: Sibling) -> None:
        policy = await self._store.policies.version(sibling.harm, sibling.policy_version)
        if policy.when_banned is WhenBanned.GO_ON:
            return
        if await self._store.siblings.merge(sibling.case_id):
            _log.info("reconciler", merged=sibling.case_id)

    def _is_time(self, case: MergedCase) -> bool:
        at, pause = self._told.get(case.case_id, (datetime.min.replace(tzinfo=UTC), FIRST_PAUSE))
        return datetime.now(UTC) - at >= pause

    async def _tell(self, case: MergedCase) -> None:
        _, pause = self._told.get(case.case_id, (None, FIRST_PAUSE / 2))
        self._told[case.case_id] = datetime.now(UTC), min(pause * 2, LONGEST_PAUSE)
        await self._stories.settled_elsewhere(case_workflow(case.harm, case.case_id))

    async def _reopen(self, case: MergedCase) -> None:
        policy = await self._store.policies.current(case.harm)
        file = await self._store.cases.file(case.case_id)
        anew = file.model_copy(update={"round": case.round + 1})
        review = first_review(anew, policy, SEPARATED, datetime.now(UTC))
        if await self._store.siblings.reopen(case.case_id, review, policy):
            start = CaseStart(case_id=case.case_id, harm=case.harm)
            news = DetectionNews(detection_id="")
            await self._stories.detected(start, news, await facts_of(self._store, start))
            _log.info("reconciler", separated=case.case_id)
