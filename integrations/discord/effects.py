"""What a decision does in a guild to a message or a member, one class for each kind.

None of these is remembered by Discord under an id of ours. So each says of itself how it is told
that it stands, and that asking again would be once too often.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from casework.base import Model
from casework.errors import Gone, Irreversible, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import PlatformState
from integrations.discord.calls import Call, DiscordApi, Method
from integrations.discord.wire import Code, Member, Message, MessageId, is_snowflake, reason_of
from integrations.standing import Impossible

LONGEST_TIMEOUT: Final = timedelta(days=28)
"""Source: `communication_disabled_until` (Modify Guild Member)."""

_SLACK: Final = timedelta(minutes=1)
"""How far the end of a timeout may lie from where we set it and still be ours: clocks differ."""

_NOBODY: Final = (Code.UNKNOWN_MEMBER, Code.UNKNOWN_USER)
_NO_MESSAGE: Final = (Code.UNKNOWN_MESSAGE, Code.UNKNOWN_CHANNEL)


class Effect(Protocol):
    async def carry_out(self, action: ActionRecord) -> None: ...

    async def read_back(self, action: ActionRecord) -> PlatformState: ...

    async def revert(self, action: ActionRecord) -> None:
        """Only asked for what was just read back as applied."""


class Removal:
    """A message is deleted. It stands when there is no such message; nobody can bring it back."""

    def __init__(self, api: DiscordApi) -> None:
        self._api = api

    async def carry_out(self, action: ActionRecord) -> None:
        name = _message_of(action)
        found = await self._find(name)
        if found is None:
            raise Gone("Discord has no such message")
        if found.author.id != action.account.id or found.id != name.message:
            raise WrongTarget("the message is not by the account that was judged")
        if not await self._api.order(_on_message(Method.DELETE, name, action), *_NO_MESSAGE):
            raise Gone("Discord has no such message any more")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        found = await self._find(_message_of(action))
        return PlatformState.ABSENT if found else PlatformState.APPLIED

    async def revert(self, action: ActionRecord) -> None:  # noqa: ARG002
        raise Irreversible("Discord cannot bring a deleted message back")

    async def _find(self, name: MessageId) -> Message | None:
        reply = await self._api.ask(_on_message(Method.GET, name), *_NO_MESSAGE)
        return reply.parsed_as(Message) if reply else None


class _TimeoutOrder(Model):
    communication_disabled_until: datetime | None


class Timeout:
    """A member may neither write nor speak until a moment that Discord keeps by itself.

    It is one value for each member, without a word of whose it is. It counts as ours when it ends
    between the earliest and the latest moment that we could have set. One that ends later is
    another's: it is neither shortened nor lifted. An action that was given a later end is carried
    out once more, and sets that.
    """

    def __init__(self, api: DiscordApi, guild: str, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._guild = guild
        self._clock = clock

    async def carry_out(self, action: ActionRecord) -> None:
        now = self._clock()
        until = action.ends_at if action.ends_at and action.ends_at > now else now + _length(action)
        there = await self._until(action)
        if there and there > until + _SLACK:
            raise TurnedDown("a longer timeout that is not ours stands already")
        if there and there >= until - _SLACK:
            return
        if not await self._set(until, action):
            raise Gone("the account is not a member of the guild")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        reply = await self._api.ask(_on_member(Method.GET, self._guild, action), *_NOBODY)
        until = reply.parsed_as(Member).communication_disabled_until if reply else None
        stands = until and self._is_ours(until, action)
        return PlatformState.APPLIED if stands else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        await self._set(None, action)

    async def move_end(self, action: ActionRecord) -> None:
        """Only a later end is set: for a sooner one we lift it ourselves."""
        reply = await self._api.ask(_on_member(Method.GET, self._guild, action), *_NOBODY)
        if reply is None or action.ends_at is None:
            return
        there = reply.parsed_as(Member).communication_disabled_until
        if there is None or there < action.ends_at - _SLACK:
            await self._set(action.ends_at, action)

    async def _until(self, action: ActionRecord) -> datetime | None:
        reply = await self._api.ask(_on_member(Method.GET, self._guild, action), *_NOBODY)
        if reply is None:
            raise Gone("the account is not a member of the guild")
        until = reply.parsed_as(Member).communication_disabled_until
        return until if until and until > self._clock() else None

    def _is_ours(self, until: datetime, action: ActionRecord) -> bool:
        now = self._clock()
        lasts = _length(action)
        latest = max((action.confirmed_at or now) + lasts, action.ends_at or now)
        earliest = min((action.first_at or now - lasts) + lasts, action.ends_at or latest)
        return until > now and earliest - _SLACK <= until <= latest + _SLACK

    async def _set(self, until: datetime | None, action: ActionRecord) -> bool:
        # Written out here, because a null is what lifts it and would be left out elsewhere.
        content = _TimeoutOrder(communication_disabled_until=until).model_dump_json().encode()
        call = _on_member(Method.PATCH, self._guild, action)
        return await self._api.order(call.model_copy(update={"content": content}), *_NOBODY)


class Kick:
    """A member is put out of the guild, once; nothing keeps the account from coming back.

    So it stands when there is no such member, and also when the member joined after we first
    tried: then they were out meanwhile, and a second kick would be one too many.
    """

    def __init__(self, api: DiscordApi, guild: str) -> None:
        self._api = api
        self._guild = guild

    async def carry_out(self, action: ActionRecord) -> None:
        call = _on_member(Method.DELETE, self._guild, action)
        if not await self._api.order(call, *_NOBODY):
            raise Gone("the account is not a member of the guild")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        reply = await self._api.ask(_on_member(Method.GET, self._guild, action), *_NOBODY)
        joined_at = reply.parsed_as(Member).joined_at if reply else None
        came_back = joined_at and action.first_at and joined_at > action.first_at
        return PlatformState.APPLIED if reply is None or came_back else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:  # noqa: ARG002
        raise Irreversible("Discord cannot put a member back; somebody may invite them")


def account_of(action: ActionRecord) -> str:
    """Raises Impossible when the account's id cannot be one of Discord's."""
    if not is_snowflake(action.account.id):
        raise Impossible("the account's id is not a Discord user's")
    return action.account.id


def _length(action: ActionRecord) -> timedelta:
    if action.lasts is None or action.lasts > LONGEST_TIMEOUT:
        raise Impossible("Discord's timeouts end after at most 28 days; suspend for longer")
    return action.lasts


def _message_of(action: ActionRecord) -> MessageId:
    name = MessageId.parse(action.item.id)
    if name is None:
        raise Impossible("the item's id is not <channel id>/<message id>")
    return name


def _on_message(method: Method, name: MessageId, action: ActionRecord | None = None) -> Call:
    return Call(
        method=method,
        path=("channels", name.channel, "messages", name.message),
        pattern="channels/*/messages/*",
        major=name.channel,
        reason=reason_of(action) if action else "",
    )


def _on_member(method: Method, guild: str, action: ActionRecord) -> Call:
    return Call(
        method=method,
        path=("guilds", guild, "members", account_of(action)),
        pattern="guilds/*/members/*",
        major=guild,
        reason="" if method is Method.GET else reason_of(action),
    )
