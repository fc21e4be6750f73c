"""Appeals, by whoever holds a link. Wrong tokens all look the same, and take as long."""

import hashlib

import structlog

from casework.base import Model
from casework.duties import Redress
from casework.errors import Unavailable
from casework.grounds import Basis
from gateway.doors import Doors
from gateway.rates import Rates
from storage.appeal_views import AppealView

_STRANGERS = 30
"""How many times one address may ask for what one notice may: offices share an address."""
_log = structlog.get_logger("gateway")


class AppealAnswer(AppealView):
    """What the person concerned may see, with the rule in its own words and where else to turn."""

    basis: Basis
    explanation: str
    elsewhere: tuple[Redress, ...]


class AppealPage(Model):
    answer: AppealAnswer
    item_text: str
    words: str


class AppealDesk:
    def __init__(self, doors: Doors, rates: Rates) -> None:
        self._doors = doors
        self._rates = rates

    def knock(self, token: str, address: str) -> None:
        """Raises TooMany, counting wrong tokens like right ones."""
        quota = self._doors.settings.quotas.appeals
        self._rates.count(digest_of(token), "appeals", quota)
        self._rates.count(address, "appeals from one address", quota * _STRANGERS)

    async def look(self, token: str) -> AppealAnswer:
        """Raises NotFound."""
        return (await self.whole(token)).answer

    async def whole(self, token: str) -> AppealPage:
        """The same, with the words in it. Raises NotFound."""
        found = await self._doors.store.appeals.whole(self._doors.appeal_tokens.notice_of(token))
        policy = await self._doors.store.policies.version(found.policy, found.policy_version)
        rule = policy.grounds.cited_as(found.view.grounds)
        answer = AppealAnswer(
            **dict(found.view),
            basis=rule.basis,
            explanation=rule.explanation.strip(),
            elsewhere=self._elsewhere(found.jurisdiction),
        )
        return AppealPage(answer=answer, item_text=found.item_text, words=found.words)

    def _elsewhere(self, jurisdiction: str | None) -> tuple[Redress, ...]:
        place = jurisdiction or self._doors.settings.assumed_jurisdiction
        return self._doors.duties.redress(place, self._doors.clock().date())

    async def file(self, token: str, words: str, by_channel: str) -> AppealAnswer:
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
        return await self.look(token)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
