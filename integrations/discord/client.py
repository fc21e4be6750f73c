"""Acts in one Discord guild through a bot, and reads back what is so.

Discord knows nothing of our action ids and remembers no request. What keeps an action from
happening twice is that its effect is looked for before it is asked for, by the step that calls this
and here.
Facts: github.com/discord/discord-api-docs, August 2026; the modules beside say which pages.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.discord.bans import Banishment
from integrations.discord.calls import DiscordApi, Pause
from integrations.discord.conversations import Telling
from integrations.discord.effects import Effect, Kick, Removal, Timeout
from integrations.discord.settings import DiscordSettings
from integrations.http import Outbound
from integrations.standing import Impossible, absent_if_never_seen


class Discord:
    """Items are messages, named `<channel id>/<message id>`; accounts are Discord's user ids.

    It deletes messages, times out, kicks, suspends and bans, and warns and offers help in direct
    messages. It has no way to hide, label, restrict by age or reach, or restore: those kinds are
    turned down.
    """

    def __init__(
        self,
        http: Outbound,
        settings: DiscordSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Pause = asyncio.sleep,
    ) -> None:
        api = DiscordApi(http, settings, clock=clock, pause=pause)
        banishment = Banishment(api, settings.guild, settings.delete_messages)
        telling = Telling(
            api,
            {
                ActionKind.WARN_ACCOUNT: settings.warning_text,
                ActionKind.OFFER_HELP: settings.help_text,
            },
        )
        self._effects: Mapping[ActionKind, Effect] = {
            ActionKind.REMOVE_ITEM: Removal(api),
            ActionKind.TIMEOUT_ACCOUNT: Timeout(api, settings.guild, clock),
            ActionKind.KICK_ACCOUNT: Kick(api, settings.guild),
            ActionKind.SUSPEND_ACCOUNT: banishment,
            ActionKind.BAN_ACCOUNT: banishment,
            ActionKind.WARN_ACCOUNT: telling,
            ActionKind.OFFER_HELP: telling,
        }

    async def carry_out(self, action: ActionRecord) -> None:
        """Ask for the effect. Returning says only that Discord took it; `read_back` says whether
        it is so.

        Raises:
            Unavailable: no answer, a limit (with its wait), 5xx; the effect may be there anyhow.
            TurnedDown: a kind Discord has not, a right the bot lacks, a longer timeout or a ban
                that is not ours, an id that is none of Discord's.
            Gone: no such message, member or account.
            WrongTarget: the message is not by the account that was judged.
        """
        await self._effect(action).carry_out(action)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        """Whether the effect stands. Discord keeps no memory of what was lifted, so this answers
        `applied` or `absent`, never `reverted`. A message or a member that is gone is what a
        removal and a kick were for, and reads as `applied`.

        Raises:
            Unavailable, TurnedDown: as `carry_out`.
            Nonsense: an answer that is not in Discord's format.
        """
        try:
            return await self._effect(action).read_back(action)
        except Impossible as error:
            return absent_if_never_seen(action, error)

    async def move_end(self, action: ActionRecord) -> None:
        """Have a timeout end later than Discord was told; all else ends by our own clock.

        Raises:
            Unavailable, TurnedDown, Nonsense: as above.
        """
        effect = self._effect(action)
        if isinstance(effect, Timeout):
            await effect.move_end(action)

    async def revert(self, action: ActionRecord) -> None:
        """Lift a timeout or a ban that is ours, delete a direct message; another's is left. Nothing
        to undo is no error.

        Raises:
            Unavailable, TurnedDown, Nonsense: as above.
            Irreversible: a message was deleted or a member put out.
        """
        if await self.read_back(action) is PlatformState.APPLIED:
            await self._effect(action).revert(action)

    def _effect(self, action: ActionRecord) -> Effect:
        effect = self._effects.get(action.kind)
        if effect is None:
            raise Impossible(f"Discord has nothing like {action.kind}")
        return effect
