"""What the simulated Discord answers about direct messages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from casework.base import Model
from integrations.discord.guild import Guild, PostedMessage
from integrations.discord.pretended import Asked, Refused, Said, read
from integrations.discord.wire import NewConversation, NewMessage

BOT: Final = "1"
_CANNOT_SEND: Final = 50007
_NO_MUTUAL_GUILD: Final = 50278
_UNKNOWN_CHANNEL: Final = 10003
_NONCES_LAST: Final = timedelta(minutes=5)
_EPOCH_MS: Final = 1_420_070_400_000


class _Sent(Model):
    message: PostedMessage
    at: datetime


class Talk:
    """Conversations between the bot and one user each, by channel."""

    def __init__(self, guild: Guild, clock: Callable[[], datetime]) -> None:
        self._guild = guild
        self._clock = clock
        self._with: dict[str, str] = {}
        self._by_nonce: dict[str, _Sent] = {}

    def open(self, asked: Asked) -> Said:
        user = read(NewConversation, asked.body).recipient_id
        channel = f"8{user[-17:]}"
        self._with[channel] = user
        return {"id": channel, "type": 1}

    def messages(self, asked: Asked, channel: str) -> Said:
        if channel not in self._with:
            raise Refused(404, _UNKNOWN_CHANNEL)
        if asked.method == "POST":
            return _shown(self._send(read(NewMessage, asked.body), channel))
        before = int(asked.query.get("before", 2**64))
        found = [each for each in self._guild.in_channel(channel) if int(each.message) < before]
        return [_shown(each) for each in found[: int(asked.query.get("limit", 50))]]

    def _send(self, message: NewMessage, channel: str) -> PostedMessage:
        user = self._with[channel]
        member = self._guild.members.get(user)
        if member is None:
            raise Refused(403, _NO_MUTUAL_GUILD)
        if member.closed:
            raise Refused(403, _CANNOT_SEND)
        before = self._by_nonce.get(message.nonce)
        if before and message.enforce_nonce and self._clock() < before.at + _NONCES_LAST:
            return before.message
        sent = PostedMessage(
            channel=channel, message=self._next_id(), author=BOT, content=message.content
        )
        self._by_nonce[message.nonce] = _Sent(message=sent, at=self._clock())
        self._guild.tell(sent, user)
        return sent

    def _next_id(self) -> str:
        since_2015 = int(self._clock().timestamp() * 1_000) - _EPOCH_MS
        return str((since_2015 << 22) + len(self._guild.happenings))


def _shown(message: PostedMessage) -> Said:
    return {
        "id": message.message,
        "channel_id": message.channel,
        "author": {"id": message.author},
        "content": message.content,
    }
