"""What an account is told in a direct message: a warning, or an offer of help.

Facts from resources/user (Create DM) and resources/message (Create Message, Get Channel Messages)
in github.com/discord/discord-api-docs, August 2026. Discord advises against opening conversations
that nobody asked for, and limits it; so this is for what a decision says to one account, no more.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from casework.errors import Gone, TurnedDown
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.discord.calls import Call, DiscordApi, Method
from integrations.discord.effects import account_of
from integrations.discord.wire import (
    Code,
    Conversation,
    DirectMessage,
    DirectMessages,
    NewConversation,
    NewMessage,
)
from integrations.http import json_bytes

REASON: Final = "{reason}"
_LONGEST_REASON: Final = 300
_PAGE: Final = 100
_MOST_PAGES: Final = 10
_NONCE_LENGTH: Final = 25
_SLACK: Final = timedelta(minutes=1)
_EPOCH_MS: Final = 1_420_070_400_000
"""The first second of 2015, from which the time in Discord's ids counts (reference, Snowflakes)."""


class Telling:
    """A direct message that ends with the action's reference. It stands while the message is there.

    Discord recognises a repetition by its nonce for a few minutes. After that it is the reference
    that tells: the conversation is read back to when the action was first tried. Undoing deletes
    the message; what was read by then was read.
    """

    def __init__(self, api: DiscordApi, texts: Mapping[ActionKind, str]) -> None:
        self._api = api
        self._texts = texts

    async def carry_out(self, action: ActionRecord) -> None:
        conversation = await self._open(action)
        if conversation is None:
            raise Gone("Discord has no such account")
        if await self._find(conversation, action):
            return
        message = NewMessage(
            content=f"{self._text(action)}\n\n{_reference(action)}",
            nonce=hashlib.sha256(action.platform_ref.encode()).hexdigest()[:_NONCE_LENGTH],
        )
        call = _in(conversation, Method.POST)
        await self._api.order(call.model_copy(update={"content": json_bytes(message)}))

    async def read_back(self, action: ActionRecord) -> PlatformState:
        conversation = await self._open(action)
        found = conversation and await self._find(conversation, action)
        return PlatformState.APPLIED if found else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        conversation = await self._open(action)
        message = conversation and await self._find(conversation, action)
        if conversation and message:
            call = Call(
                method=Method.DELETE,
                path=("channels", conversation, "messages", message.id),
                pattern="channels/*/messages/*",
                major=conversation,
            )
            await self._api.order(call, Code.UNKNOWN_MESSAGE)

    async def _open(self, action: ActionRecord) -> str | None:
        """The conversation's channel; the same one each time, and seen by nobody while empty."""
        order = NewConversation(recipient_id=account_of(action))
        call = Call(
            method=Method.POST,
            path=("users", "@me", "channels"),
            pattern="users/@me/channels",
            major="",
            content=json_bytes(order),
        )
        reply = await self._api.ask(call, Code.UNKNOWN_USER)
        return reply.parsed_as(Conversation).id if reply else None

    async def _find(self, conversation: str, action: ActionRecord) -> DirectMessage | None:
        async for message in self._messages(conversation, action.first_at):
            is_ours = message.author.id != action.account.id
            if is_ours and message.content.endswith(_reference(action)):
                return message
        return None

    async def _messages(
        self, conversation: str, since: datetime | None
    ) -> AsyncIterator[DirectMessage]:
        """The newest first, back to `since` or the beginning."""
        before: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            call = _in(conversation, Method.GET)
            query = {"limit": str(_PAGE), **before}
            reply = await self._api.ask(call.model_copy(update={"query": query}))
            page = reply.parsed_as(DirectMessages).root if reply else ()
            for message in page:
                yield message
            if len(page) < _PAGE or (since and _sent_at(page[-1]) < since - _SLACK):
                return
            before = {"before": page[-1].id}
        raise TurnedDown("the conversation is too long to look through")

    def _text(self, action: ActionRecord) -> str:
        return self._texts[action.kind].replace(REASON, action.reason[:_LONGEST_REASON])


def _reference(action: ActionRecord) -> str:
    return f"Reference: {action.platform_ref}"


def _in(conversation: str, method: Method) -> Call:
    return Call(
        method=method,
        path=("channels", conversation, "messages"),
        pattern="channels/*/messages",
        major=conversation,
    )


def _sent_at(message: DirectMessage) -> datetime:
    return datetime.fromtimestamp(((int(message.id) >> 22) + _EPOCH_MS) / 1_000, UTC)
