"""What holds and breakers leave to do: let go what is free, and call somebody for a trip."""

import structlog

from casework.holds import TRIPPED, Hold
from casework.orders import EscalationStart
from storage.store import Store
from workers.reviving import one_by_one
from workflows.front_door import TemporalStories

_log = structlog.get_logger()


class Holding:
    def __init__(self, store: Store, stories: TemporalStories) -> None:
        self._store = store
        self._stories = stories

    async def release(self) -> None:
        """Tell what waits without a hold, also when whoever lifted it could not."""
        await self._stories.released(await self._store.holds.released())

    async def call_for_trips(self) -> None:
        """The page of a breaker starts here alone, so that no crash between the two loses it."""
        await one_by_one(await self._store.holds.unpaged(), self._call)

    async def _call(self, hold: Hold) -> None:
        if hold.case_id is None:
            return
        file = await self._store.cases.file(hold.case_id)
        severity = (await self._store.policies.current(file.harm)).severity
        start = EscalationStart(
            case_id=file.case_id, harm=file.harm, severity=severity, reason=TRIPPED
        )
        await self._stories.escalate(start)
        await self._store.holds.paged(hold.hold_id)
        _log.warning("breaker", hold=hold.hold_id, kind=hold.kind.value)
