"""Setting and lifting holds, for the API and the console alike."""

import structlog

from casework.errors import Forbidden, Unavailable, UnknownHarm
from casework.holds import TRIPPED, Hold, HoldOn
from casework.records import Person
from casework.words import HoldKind
from gateway.doors import Doors

TOLD_AT_ONCE = 100
"""How many parked stories hear of a release from here; the reconciler tells all others."""

_EVERY_HARM = "*"
_log = structlog.get_logger()


class Holding:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def set(self, person: Person, on: HoldOn, reason: str) -> Hold:
        """Raises Forbidden beyond the person's harms, UnknownHarm for a policy that is not."""
        _demand_scope(person, on)
        if on.kind is HoldKind.POLICY and on.name not in await self._doors.store.policies.harms():
            raise UnknownHarm("there is no policy for this harm")
        return await self._doors.store.holds.set(on, person.id, reason)

    async def lift(self, person: Person, hold_id: str, reason: str) -> Hold:
        """Let go on what it parks. Raises NotFound, Forbidden."""
        before = await self._doors.store.holds.hold(hold_id)
        _demand_scope(person, HoldOn(kind=before.kind, target=before.target))
        hold = await self._doors.store.holds.lift(hold_id, person.id, reason)
        await self._tell(hold)
        return hold

    async def _tell(self, hold: Hold) -> None:
        """It is lifted whoever hears of it: what is not told now is found by the reconciler."""
        try:
            await self._doors.stories.released(await self._doors.store.holds.released(TOLD_AT_ONCE))
            if hold.case_id is not None:
                await self._doors.stories.over(hold.case_id, TRIPPED)
        except Unavailable as error:
            _log.warning("hold", lifted=hold.hold_id, untold=error.code)


def _demand_scope(person: Person, on: HoldOn) -> None:
    """Whoever answers for some harms alone may hold those policies, and nothing wider."""
    if _EVERY_HARM in person.harms:
        return
    if on.kind is not HoldKind.POLICY or not person.covers(on.name):
        raise Forbidden("this is beyond the harms in your scope")
