"""Acts on a Matrix homeserver (Synapse) through one of its administrators, and reads back what is
so."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.http import Outbound
from integrations.matrix.calls import MatrixApi
from integrations.matrix.effects import Effect, Message, Quarantine, Redaction
from integrations.matrix.server_notices import ServerNotices
from integrations.matrix.settings import MatrixSettings
from integrations.matrix.switches import Locking, ShadowBan, Suspension
from integrations.matrix.wire import MEDIA, MESSAGE, SWITCHES, switched_by
from integrations.standing import Impossible, absent_if_never_seen


class Matrix:
    """Items are messages, named `!room:server/$event`, and media, named `mxc://server/media`;
    accounts are full Matrix ids, `@name:server`, of this homeserver.

    Messages are redacted, media quarantined, accounts suspended, locked (banned), shadow-banned
    (reach limited), warned and offered help. Everything else is turned down.
    """

    def __init__(
        self,
        http: Outbound,
        settings: MatrixSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        api = MatrixApi(http, settings, clock=clock)
        notices = ServerNotices(api, settings.notices_account)
        quarantine = Quarantine(api)
        self._on_items: Mapping[tuple[ActionKind, str], Effect] = {
            (ActionKind.REMOVE_ITEM, MESSAGE): Redaction(api),
            (ActionKind.REMOVE_ITEM, MEDIA): quarantine,
            (ActionKind.HIDE_ITEM, MEDIA): quarantine,
        }
        self._on_accounts: Mapping[ActionKind, Effect] = {
            ActionKind.SUSPEND_ACCOUNT: Suspension(api),
            ActionKind.BAN_ACCOUNT: Locking(api),
            ActionKind.LIMIT_REACH: ShadowBan(api),
            ActionKind.WARN_ACCOUNT: Message(notices, settings.warning_text),
            ActionKind.OFFER_HELP: Message(notices, settings.help_text),
        }

    async def carry_out(self, action: ActionRecord) -> None:
        """Ask for the effect. Returning says only that the homeserver took it; `read_back` says
        whether it is so.

        Raises:
            Unavailable: no answer, a limit (with its wait), 5xx, or our token is not known.
            TurnedDown: a kind or a type of item that Matrix has not, a right we lack, an account of
                another server, an administrator.
            Gone: no such message, media or account, or deleted by somebody else before us.
            WrongTarget: the message or media is not of the account that was judged.
            Nonsense: an answer that is not in Synapse's format.
        """
        await self._effect(action).carry_out(action)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        """Whether the effect stands, by whomever: `applied` or `absent`, never `reverted`. Raises
        Unavailable, TurnedDown and Nonsense as above."""
        try:
            return await self._effect(action).read_back(action)
        except Impossible as error:
            return absent_if_never_seen(action, error)

    async def revert(self, action: ActionRecord) -> None:
        """Lift a quarantine, a suspension, a lock or a shadow ban. Nothing to lift is no error.

        Raises:
            Unavailable, TurnedDown, Gone, Nonsense: as above.
            Irreversible: a message was redacted, or somebody told.
        """
        try:
            await self._effect(action).revert(action)
        except Impossible as error:
            absent_if_never_seen(action, error)

    def switched_by(self, action: ActionRecord) -> frozenset[ActionKind]:
        """An account is suspended once, however many actions call for it."""
        return switched_by(action)

    def is_unsigned(self, action: ActionRecord) -> bool:
        """Of an account, yes. Of media in quarantine the homeserver says by whom."""
        return action.kind in SWITCHES

    def _effect(self, action: ActionRecord) -> Effect:
        effect = self._on_accounts.get(action.kind) or self._on_items.get(
            (action.kind, action.item.type)
        )
        if effect is not None:
            return effect
        if action.kind.acts_on_account:
            raise Impossible(f"Matrix has nothing like {action.kind}")
        raise Impossible(f"Matrix has nothing like {action.kind} for this type of item")
