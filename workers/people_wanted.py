"""Calls somebody about what would be served to nobody here, before its time is over."""

from datetime import UTC, datetime, timedelta

import structlog

from casework.orders import EscalationStart
from storage.store import Store
from storage.unserved import Unserved
from workers.office import Office
from workers.reviving import one_by_one
from workflows.front_door import TemporalStories

EVERY = timedelta(minutes=1)
AT_ONCE = 20
"""About so many somebody is called in one look, those first that are due first: where nobody works
at all, hundreds of pages say no more than these."""
UNSERVED = "review_unserved"

_log = structlog.get_logger()


class PeopleWanted:
    """May run in several processes at once: a call has one name, and is written down once."""

    def __init__(self, store: Store, stories: TemporalStories, office: Office) -> None:
        self._store = store
        self._stories = stories
        self._office = office
        self._calls_at = self._tells_at = datetime.min.replace(tzinfo=UTC)

    async def call(self) -> None:
        """Call about what nobody was called about yet."""
        now = self._store.database.now()
        if now < self._calls_at:
            return
        uncalled = await self._store.unserved.uncalled(await self._found())
        await one_by_one(uncalled[:AT_ONCE], self._call)
        self._calls_at = now + EVERY

    async def tell(self) -> None:
        """End the calls that are over. Who is being called is asked first: what is found and
        called about meanwhile must not look over."""
        now = self._store.database.now()
        if now < self._tells_at:
            return
        called = await self._stories.called_about(UNSERVED)
        found = await self._found() if called else []
        for case_id in sorted(called - {each.case_id for each in found}):
            await self._stories.over(case_id, UNSERVED)
        self._tells_at = now + EVERY

    async def _found(self) -> list[Unserved]:
        return await self._store.unserved.now(self._office.queueing, self._office.care)

    async def _call(self, one: Unserved) -> None:
        start = EscalationStart(
            case_id=one.case_id, harm=one.harm, severity=one.severity, reason=UNSERVED
        )
        await self._stories.escalate(start)
        await self._store.unserved.called(one)
        _log.warning("reconciler", unserved=one.case_id, desk=one.desk)
