"""A stretch of a recall: items begun one after another on an absolute schedule, a few at once."""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import activity

from activities.recalling import Recaller
from casework.errors import Transient
from casework.recall_ports import RecallBook, RecallItems
from casework.recalls import (
    ItemState,
    Pacing,
    RecallBatch,
    RecallEnd,
    RecallItem,
    RecallState,
    RecallStretch,
)

LASTS = timedelta(seconds=20)
"""How long a stretch is at most; a worker that dies loses no more than its place in one."""
AT_ONCE = 8
"""Items under way together: what a slow platform takes longer for does not slow the pace."""
LOOKS_EVERY = timedelta(seconds=0.5)
"""How often it is looked whether the recall was paused, and Temporal is told that we live."""
LATE = timedelta(seconds=2)
"""A schedule that is later than this at the start of a stretch is moved: there is no catching up
after an outage."""
FAILURES = 3
"""In a row, with no success between them: then it is not the item."""


class Recalling:
    """Everything here may run again: each item knows how far it has come."""

    def __init__(
        self,
        book: RecallBook,
        items: RecallItems,
        recaller: Recaller,
        clock: Callable[[], datetime],
        lasts: timedelta = LASTS,
    ) -> None:
        self._lasts = lasts
        self._book = book
        self._items = items
        self._recaller = recaller
        self._clock = clock

    @activity.defn(name="recall_stretch")
    async def stretch(self, order: RecallBatch) -> RecallStretch:
        """Work on the items that are due within the next seconds, then say how far it is.

        Returns early when the recall is paused, or when something does not answer.

        Raises:
            Unavailable: the database does not answer.
        """
        pacing = self._on_time(order)
        state = await self._book.state(order.recall_id)
        blocked_on = ""
        if state is RecallState.RUNNING:
            run = _Stretch(self._recaller, self._items, await self._by(order), self._clock)
            wanted = max(AT_ONCE, math.ceil(order.pace * LASTS / timedelta(minutes=1)))
            items = await self._items.due(order.recall_id, wanted)
            begun = await self._watched(order, run, items, pacing)
            pacing = pacing.model_copy(update={"done": pacing.done + begun})
            blocked_on = run.blocked_on
            state = await self._book.state(order.recall_id)
        progress = await self._book.progress(order.recall_id)
        return RecallStretch(
            state=state,
            over=progress.over,
            items=progress.items,
            needs_human=progress.needs_human,
            pacing=pacing,
            blocked_on=blocked_on,
        )

    @activity.defn(name="finish_recall")
    async def finish(self, order: RecallEnd) -> bool:
        """Make the report, if every item is over; whether it is finished."""
        return await self._book.finish(order.recall_id) is not None

    async def _by(self, order: RecallBatch) -> str:
        return await self._book.accountable(order.recall_id)

    async def _watched(
        self,
        order: RecallBatch,
        run: "_Stretch",
        items: tuple[RecallItem, ...],
        pacing: Pacing,
    ) -> int:
        """Run the stretch, and stop it between two items when the recall is paused."""
        watch = asyncio.create_task(self._watch(order.recall_id, run))
        try:
            return await run.through(items, pacing, order.pace, self._lasts)
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    async def _watch(self, recall_id: str, run: "_Stretch") -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(LOOKS_EVERY.total_seconds())
            try:
                if await self._book.state(recall_id) is not RecallState.RUNNING:
                    run.stop()
            except Transient:
                run.stop()

    def _on_time(self, order: RecallBatch) -> Pacing:
        """The schedule as it was left, unless it is so late that it has to begin anew."""
        now = self._clock()
        if order.pacing is None:
            return Pacing(origin=now)
        late = now - due(order.pacing, 0, order.pace)
        if late <= LATE:
            return order.pacing
        return order.pacing.model_copy(update={"origin": order.pacing.origin + late})


class _Stretch:
    def __init__(
        self, recaller: Recaller, items: RecallItems, by: str, clock: Callable[[], datetime]
    ) -> None:
        self.blocked_on = ""
        self._recaller = recaller
        self._items = items
        self._by = by
        self._clock = clock
        self._stopped = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._failures = 0
        self._held_up_by = ""
        self._went_well = False

    def stop(self) -> None:
        self._stopped.set()

    async def through(
        self, items: tuple[RecallItem, ...], pacing: Pacing, pace: int, lasts: timedelta
    ) -> int:
        """Begin each item when it is due; how many were begun. Ends when all of them have.

        Nothing begins after the stretch's time: what is due later is the next one's.
        """
        under_way: list[asyncio.Task[None]] = []
        begun, ends_at = 0, self._clock() + lasts
        try:
            for item in items:
                is_due = due(pacing, begun, pace)
                await self._until(min(is_due, ends_at))
                await self._slots.acquire()
                if self._stopped.is_set() or is_due > ends_at:
                    break
                under_way.append(asyncio.create_task(self._one(item)))
                begun += item.state is ItemState.PENDING
            await asyncio.gather(*under_way)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        if self._held_up_by and not self._went_well:
            self.blocked_on = self._held_up_by
        return begun

    async def _until(self, moment: datetime) -> None:
        left = (moment - self._clock()).total_seconds()
        if left <= 0:
            return
        try:
            async with asyncio.timeout(left):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _one(self, item: RecallItem) -> None:
        try:
            await self._recaller.undo(item, self._by)
            self._failures = 0
            self._went_well = True
        except Transient:
            await self._note_failure(item)
        finally:
            self._slots.release()

    async def _note_failure(self, item: RecallItem) -> None:
        """Raises Unavailable when it is the database that does not answer."""
        item = await self._items.failed(item)
        self._held_up_by = _WAITS_FOR[item.state]
        self._failures += 1
        if self._failures >= FAILURES:
            self.blocked_on = self._held_up_by
            self.stop()


_WAITS_FOR = {
    ItemState.PENDING: "cases",
    ItemState.UNDOING: "platform",
    ItemState.TELLING: "notices",
}
"""What an item that failed was waiting for, by how far it has come."""


def due(pacing: Pacing, ahead: int, pace: int) -> datetime:
    """When the item is to begin that is so many ahead of the schedule's last one."""
    return pacing.origin + timedelta(minutes=1) * ((pacing.done + ahead) / pace)
