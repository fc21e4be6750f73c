"""Suspensions and bans: to Discord both are a ban, and a suspension is one that we lift."""

from datetime import timedelta

from casework.errors import Gone, TurnedDown
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.discord.calls import Call, DiscordApi, Method
from integrations.discord.effects import account_of
from integrations.discord.wire import Ban, BanOrder, Code, mark_in, reason_of
from integrations.http import json_bytes
from integrations.standing import Standing, standing_of


class Banishment:
    """A ban, marked in its reason with the action it stands for.

    Only what carries an action's own mark counts as its effect, and only that is lifted. A ban of
    ours that comes upon a suspension of ours takes its place: lifted and set anew, with its own
    mark, so that the suspension's end finds nothing of its own to lift. (Between the two requests
    the account could come back by an invitation; killed between them, the ban is still owed and
    set when it is tried again.) A ban that a person set, or a stronger one of ours, is left alone
    and somebody is asked.
    """

    def __init__(self, api: DiscordApi, guild: str, delete_messages: timedelta) -> None:
        self._api = api
        self._guild = guild
        self._delete_messages = delete_messages

    async def carry_out(self, action: ActionRecord) -> None:
        match await self._standing(action):
            case Standing.OURS:
                return
            case Standing.ANOTHERS:
                raise TurnedDown("a ban that is not this action's stands already")
            case Standing.YIELDING:
                await self._api.order(self._on_ban(Method.DELETE, action), Code.UNKNOWN_BAN)
        if not await self._api.order(self._ban(action), Code.UNKNOWN_USER):
            raise Gone("Discord has no such account")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        stands = await self._standing(action) is Standing.OURS
        return PlatformState.APPLIED if stands else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        await self._api.order(self._on_ban(Method.DELETE, action), Code.UNKNOWN_BAN)

    async def _standing(self, action: ActionRecord) -> Standing:
        reply = await self._api.ask(
            self._on_ban(Method.GET, action), Code.UNKNOWN_BAN, Code.UNKNOWN_USER
        )
        if reply is None:
            return Standing.NOBODYS
        return standing_of(mark_in(reply.parsed_as(Ban).reason), action)

    def _ban(self, action: ActionRecord) -> Call:
        """A suspension deletes no messages: what is taken back must leave nothing behind."""
        is_for_good = action.kind is ActionKind.BAN_ACCOUNT
        window = self._delete_messages if is_for_good else timedelta()
        order = BanOrder(delete_message_seconds=int(window.total_seconds()))
        call = self._on_ban(Method.PUT, action)
        return call.model_copy(update={"content": json_bytes(order)})

    def _on_ban(self, method: Method, action: ActionRecord) -> Call:
        return Call(
            method=method,
            path=("guilds", self._guild, "bans", account_of(action)),
            pattern="guilds/*/bans/*",
            major=self._guild,
            reason="" if method is Method.GET else reason_of(action),
        )
