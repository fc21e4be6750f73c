"""Acts through Ozone as one of its moderators, and reads back from its log of events.

Ozone's state follows from its events, in one transaction with them; so the newest event that
touches a target says what stands there, and its mark says for which action. Ozone then pushes
takedowns to the servers concerned by itself, and repeats that until it succeeds.
Facts: lexicons and packages/ozone in github.com/bluesky-social/atproto, August 2026.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.http import Outbound
from integrations.ozone.calls import OzoneApi
from integrations.ozone.effects import Effect, Labelling, Takedown
from integrations.ozone.settings import OzoneSettings
from integrations.standing import Impossible, absent_if_never_seen


class Ozone:
    """Items are records, named `at://<DID>/<collection>/<key>` with the judged version as `#<cid>`
    behind it where it is known; accounts are DIDs.

    Removing and hiding an item, suspending and banning an account are takedowns; labels and age
    restrictions are labels. Ozone has nothing like a timeout, a kick, less reach or a restoration,
    and its comments and mails are no warning that an account is sure to get: those are turned down.
    """

    def __init__(
        self,
        http: Outbound,
        settings: OzoneSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        api = OzoneApi(http, settings, clock=clock)
        takedown = Takedown(api, settings.suspension_margin)
        labelling = Labelling(api, settings)
        self._effects: Mapping[ActionKind, Effect] = {
            ActionKind.REMOVE_ITEM: takedown,
            ActionKind.HIDE_ITEM: takedown,
            ActionKind.SUSPEND_ACCOUNT: takedown,
            ActionKind.BAN_ACCOUNT: takedown,
            ActionKind.LABEL_ITEM: labelling,
            ActionKind.AGE_RESTRICT_ITEM: labelling,
        }

    async def carry_out(self, action: ActionRecord) -> None:
        """Ask for the effect, with the action's id as Ozone's external id. Returning says only
        that Ozone took it or had it; `read_back` says whether it is so.

        Raises:
            Unavailable: no answer, 429 with its wait, 5xx; the effect may be there all the same.
            TurnedDown: a kind Ozone has not, a right that is missing, an effect that stands and is
                not ours, an id of another form.
            Gone: no such record or account.
            WrongTarget: the record is not the account's own, or has changed since it was judged.
        """
        await self._effect(action).carry_out(action)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        """`applied` while this very action's effect stands, `reverted` when it did once.

        Raises:
            Unavailable, TurnedDown: as `carry_out`.
            Nonsense: an answer in no format of theirs.
        """
        try:
            return await self._effect(action).read_back(action)
        except Impossible as error:
            return absent_if_never_seen(action, error)

    async def revert(self, action: ActionRecord) -> None:
        """Undo what is ours; another's is left. Nothing to undo is no error. Raises as above."""
        if await self.read_back(action) is PlatformState.APPLIED:
            await self._effect(action).revert(action)

    def _effect(self, action: ActionRecord) -> Effect:
        effect = self._effects.get(action.kind)
        if effect is None:
            raise Impossible(f"Ozone has nothing like {action.kind}")
        return effect
