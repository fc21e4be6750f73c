"""Appeals, by whoever holds a link. Wrong tokens all look the same, and take as long."""

import hashlib

import structlog

from casework.errors import Unavailable
from gateway.doors import Doors
from gateway.rates import Rates
from storage.appeals import AppealView

_STRANGERS = 30
"""How many times one address may ask for what one notice may: offices share an address."""
_log = structlog.get_logger("gateway")


class AppealDesk:
    def __init__(self, doors: Doors, rates: Rates) -> None:
        self._doors = doors
        self._rates = rates

    def knock(self, token: str, address: str) -> None:
        """Raises TooMany, counting wrong tokens like right ones."""
        quota = self._doors.settings.quotas.appeals
        self._rates.count(digest_of(token), "appeals", quota)
        self._rates.count(address, "appeals from one address", quota * _STRANGERS)

    async def look(self, token: str) -> AppealView:
        """Raises NotFound."""
        return await self._doors.store.appeals.look(self._doors.appeal_tokens.notice_of(token))

    async def file(self, token: str, words: str, by_channel: str) -> AppealView:
        """Store the appeal and put it on its way; how it stands then.

        Raises:
            NotFound, AppealWindowClosed, AlreadyAppealed, Malformed, TooLarge.
        """
        notice_id = self._doors.appeal_tokens.notice_of(token)
        filed = await self._doors.store.appeals.file(notice_id, words, by_channel)
        try:
            await self._doors.stories.appeal(filed.start)
        except Unavailable:
            # It is on record; the reconciler starts what nobody has started.
            _log.warning("appeal_not_started", case_id=filed.case_id)
        return await self._doors.store.appeals.look(notice_id)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
