"""How full the queues are, and what of them nobody would be served now."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.settings import GatewaySettings
from storage.read_models import QueueStat, QueueWork
from storage.store import Store

LOOKS_EVERY = timedelta(seconds=15)
"""Whom something would be served to is asked of one person after the other."""


class Lookout:
    """One for a process: all its pages share one look."""

    def __init__(
        self, store: Store, settings: GatewaySettings, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._unserved: Counter[str] = Counter()

    async def queues(self) -> tuple[QueueStat, ...]:
        unserved = await self._unserved_by_queue()
        return tuple(
            stat.model_copy(update={"unserved_now": unserved[stat.queue]})
            for stat in await self._store.reads.queue_stats()
        )

    async def work(self) -> tuple[QueueWork, ...]:
        """The same, with what takes more than counting."""
        unserved = await self._unserved_by_queue()
        return tuple(
            work.model_copy(update={"unserved_now": unserved[work.queue]})
            for work in await self._store.reads.queue_work()
        )

    async def _unserved_by_queue(self) -> Counter[str]:
        """Looked for anew when that was a while ago, by one of all who ask."""
        async with self._looking:
            now, before = self._clock(), self._looked_at
            if before is None or not timedelta() <= now - before < LOOKS_EVERY:
                rules, care = self._settings.queueing, self._settings.care
                found = await self._store.unserved.now(rules, care)
                self._unserved = Counter(queue for each in found for queue in each.queues)
                self._looked_at = now
            return self._unserved
