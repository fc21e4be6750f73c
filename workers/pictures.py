"""Takes the snapshots that detections asked for, in its own time: no case waits for one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from casework.errors import CaseworkError, Gone, Transient
from casework.snapshots import CannotShow, MediaSource, NotShown, PictureMaker, Redrawn, Wanted
from integrations.http import Outbound
from integrations.media.client import MediaClient, limits_of
from integrations.media.drawing import Draughtsman
from integrations.media.settings import MediaSettings
from storage.snapshots import SnapshotBook
from workers.settings import Settings

EVERY = timedelta(seconds=1)
AT_ONCE = 4
_log = structlog.get_logger()


class Photographer:
    def __init__(self, book: SnapshotBook, source: MediaSource, maker: PictureMaker) -> None:
        self._book = book
        self._source = source
        self._maker = maker

    async def keep_going(self) -> None:
        """Look again and again, until cancelled. A failing round is said and tried again."""
        while True:
            if not await self._round(self.take_what_is_due):
                await self._round(self.clear_away)
                await asyncio.sleep(EVERY.total_seconds())

    async def take_what_is_due(self) -> int:
        """Take some; how many were due."""
        due = await self._book.due(AT_ONCE)
        await asyncio.gather(*(self._take(wanted) for wanted in due))
        return len(due)

    async def clear_away(self) -> int:
        return await self._book.clear_away(AT_ONCE)

    async def _take(self, wanted: Wanted) -> None:
        try:
            content = await self._source.fetch(wanted.media)
            await self._book.keep(wanted, content, await self._drawn(content))
        except CannotShow as error:
            await self._book.give_up(wanted, error.why)
        except Transient as error:
            _log.info("snapshot_later", case_id=wanted.case_id, code=error.code)
            await self._book.put_off(wanted, NotShown.UNAVAILABLE)
        except Gone:
            _log.info("snapshot_not_needed", case_id=wanted.case_id)

    async def _drawn(self, content: bytes) -> Redrawn | NotShown:
        """What cannot be drawn is kept all the same: somebody may have to hand it over."""
        try:
            return await self._maker.redrawn(content)
        except CannotShow as error:
            return error.why

    async def _round(self, one: Callable[[], Awaitable[int]]) -> int:
        try:
            return await one()
        except CaseworkError as error:
            _log.warning("pictures", round=one.__name__, code=error.code)
            return 0


async def take_pictures(settings: Settings, book: SnapshotBook) -> None:
    """Until cancelled, as these settings say."""
    there = MediaSettings(hosts=settings.media_hosts, limit_bytes=settings.media_limit_bytes)
    async with Outbound(limits_of(there)) as http:
        await Photographer(book, MediaClient(http, there), Draughtsman()).keep_going()
