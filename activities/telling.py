"""Telling the person concerned."""

from collections.abc import Sequence

from casework.errors import Gone, Transient, TurnedDown
from casework.ports import NoticeBook, NoticeChannel


class Telling:
    """Sends a notice over every channel once; what was taken already is not sent again."""

    def __init__(self, notices: NoticeBook, channels: Sequence[NoticeChannel]) -> None:
        self._notices = notices
        self._channels = channels

    async def deliver(self, notice_id: str) -> None:
        """Deliver over all channels, then let the appeal window begin.

        A channel that is down does not keep the others waiting. The notice counts as delivered
        once every channel has taken it or turned it down, and at least one took it. What was
        withdrawn before that is not sent.

        Raises:
            Transient: while a channel is not answering.
            TurnedDown: when no channel can reach the account; somebody has to find another way.
        """
        taken = await self._notices.delivered_over(notice_id)
        if taken is None:
            return
        waiting: list[Transient] = []
        turned_down: list[str] = []
        for channel in self._channels:
            if channel.name in taken:
                continue
            try:
                await self._send(notice_id, channel)
            except Transient as error:
                waiting.append(error)
            except (TurnedDown, Gone):
                turned_down.append(channel.name)
        if waiting:
            raise waiting[0]
        if turned_down and len(turned_down) == len(self._channels):
            raise TurnedDown(f"no channel takes the notice: {', '.join(turned_down)}")
        await self._notices.complete(notice_id)

    async def _send(self, notice_id: str, channel: NoticeChannel) -> None:
        statement = await self._notices.statement(notice_id)
        await channel.send(statement)
        await self._notices.mark_delivered(notice_id, channel.name)
