"""Telling an account that an earlier decision now does less than it was told."""

from temporalio import activity

from activities.telling import Telling
from casework.ports import NoticeBook
from casework.righting import TellChange


class Changing:
    """Telling twice tells once: a notice goes over each channel one time."""

    def __init__(self, notices: NoticeBook, telling: Telling) -> None:
        self._notices = notices
        self._telling = telling

    @activity.defn(name="tell_change")
    async def tell_change(self, order: TellChange) -> None:
        """Deliver the notice, after the statement that it corrects.

        Raises:
            NotConfirmed: while that statement is on its way.
            Transient, TurnedDown: as telling does.
        """
        await self._notices.may_tell_change(order.notice_id)
        await self._telling.deliver(order.notice_id)
