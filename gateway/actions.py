"""What people order about one action. The same for /v1 and for the console."""

from datetime import datetime

from casework.errors import NotFound
from casework.records import ActionRecord, Person
from gateway.doors import Doors
from storage.action_reads import ActionView

_NONE = "no such action"


class ActionWork:
    """Every order is in the database first; then its story is told. If that is lost, the
    reconciler tells it, or the story finds out when it looks by itself.

    All raise NotFound (also for an action out of the person's scope), Malformed without a reason,
    and Conflict or TooLate where the order does not fit the action any more.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._orders = doors.store.action_orders
        self._reads = doors.store.action_reads

    async def look(self, person: Person, action_id: str) -> ActionView:
        return await self._view(await self._theirs(person, action_id))

    async def reschedule(
        self, person: Person, action_id: str, ends_at: datetime, reason: str
    ) -> ActionView:
        action = await self._theirs(person, action_id)
        await self._orders.reschedule(action.action_id, person, ends_at, reason)
        return await self._told(action)

    async def release(self, person: Person, action_id: str, reason: str) -> ActionView:
        action = await self._theirs(person, action_id)
        await self._orders.release(action.action_id, person, reason)
        return await self._told(action)

    async def cancel(self, person: Person, action_id: str, reason: str) -> ActionView:
        action = await self._theirs(person, action_id)
        await self._orders.cancel(action.action_id, person, reason)
        return await self._told(action)

    async def write_off(self, person: Person, action_id: str, reason: str) -> ActionView:
        """Besides its own story, whatever else of the case waits for it is pushed."""
        action = await self._theirs(person, action_id)
        await self._orders.write_off(action.action_id, person, reason)
        await self._doors.stories.retry(action.case_id)
        return await self._view(action)

    async def _told(self, action: ActionRecord) -> ActionView:
        await self._doors.stories.action_changed(action.action_id)
        return await self._view(action)

    async def _view(self, action: ActionRecord) -> ActionView:
        return await self._reads.one(action.action_id)

    async def _theirs(self, person: Person, action_id: str) -> ActionRecord:
        try:
            action = await self._doors.store.actions.action(action_id)
        except NotFound:
            raise NotFound(_NONE) from None
        if not person.covers(action.harm):
            raise NotFound(_NONE)
        return action
