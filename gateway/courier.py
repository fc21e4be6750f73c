"""Carries decisions from the desk to their stories once nobody can take them back there any more.

It lives in the gateway's process and keeps nothing of its own: what it has not delivered when the
process ends is delivered by the reconciler.
"""

import asyncio
from datetime import datetime

import structlog

from casework.errors import CaseworkError
from gateway.doors import Doors

_log = structlog.get_logger("gateway")


class Courier:
    def __init__(self, doors: Doors) -> None:
        self._clock = doors.clock
        self._asked = doors.whoever_asked
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def take(self, submission_id: str, after: datetime | None) -> None:
        """Deliver it after that moment, or at once. Taking it again looks at the clock anew."""
        if submission_id in self._under_way:
            return
        if submission_id in self._waiting:
            self._waiting.pop(submission_id).cancel()
        left = (after - self._clock()).total_seconds() if after is not None else 0
        if left <= 0:
            self._set_out(submission_id)
        else:
            loop = asyncio.get_running_loop()
            self._waiting[submission_id] = loop.call_later(left, self._set_out, submission_id)

    async def rest(self) -> None:
        """Until everything that was on its way has arrived, or could not."""
        while self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    def _set_out(self, submission_id: str) -> None:
        self._waiting.pop(submission_id, None)
        task = asyncio.create_task(self._carry(submission_id))
        self._under_way[submission_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(submission_id, None))

    async def _carry(self, submission_id: str) -> None:
        try:
            await self._asked.deliver(submission_id)
        except CaseworkError as error:
            # It is on record, and so is a refusal; the reconciler delivers what was not answered.
            _log.warning("decision_not_accepted", code=error.code)
