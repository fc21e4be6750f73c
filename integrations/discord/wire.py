"""The words of Discord's API, version 10, as far as they are spoken here.

Facts from the documentation at github.com/discord/discord-api-docs (August 2026): the pages
resources/guild, resources/message, resources/audit-log, topics/opcodes-and-status-codes.
"""

import re
from enum import IntEnum
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import BaseModel, Field, RootModel, StrictInt, StrictStr

from casework.base import Model, Moment
from casework.records import ActionRecord
from casework.words import ActionKind
from integrations.standing import Mark

Snowflake = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,19}$")]
"""Discord's ids: 64 bits without a sign, written as decimal text and never used again."""

_SNOWFLAKE: Final = re.compile(r"[1-9][0-9]{0,19}")

REASON: Final = "X-Audit-Log-Reason"
_LONGEST_REASON: Final = 512
"""Characters, URL-encoded."""


class Code(IntEnum):
    """`code` in the body of a refusal."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_MEMBER = 10007
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_USER = 10013
    UNKNOWN_BAN = 10026
    TOO_MANY_CONVERSATIONS = 40003
    CHANNEL_WRITES_LIMITED = 20028
    GUILD_WRITES_LIMITED = 20029
    UNAUTHORIZED = 40001
    SWITCHED_OFF_FOR_NOW = 40006
    RESOURCE_LIMITED = 40062
    MISSING_ACCESS = 50001
    MISSING_PERMISSIONS = 50013
    OVERLOADED = 130000


FOR_NOW: Final = frozenset(
    {
        Code.CHANNEL_WRITES_LIMITED,
        Code.GUILD_WRITES_LIMITED,
        Code.TOO_MANY_CONVERSATIONS,
        Code.SWITCHED_OFF_FOR_NOW,
        Code.RESOURCE_LIMITED,
        Code.OVERLOADED,
    }
)
"""Refusals that say "later", whatever their status."""


class Refusal(BaseModel):
    code: StrictInt = 0


class TooFast(BaseModel):
    """The body of a 429. `retry_after` is in seconds, with decimals."""

    retry_after: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    is_global: bool = Field(default=False, alias="global")


class Author(BaseModel):
    id: StrictStr


class Message(BaseModel):
    id: StrictStr
    author: Author


class Member(BaseModel):
    """`communication_disabled_until` is null, or past, for a member who is not timed out."""

    joined_at: Moment | None
    communication_disabled_until: Moment | None = None


class Ban(BaseModel):
    user: Author
    reason: StrictStr | None


class BanOrder(Model):
    """`PUT /guilds/{guild}/bans/{user}`."""

    delete_message_seconds: int


class NewConversation(Model):
    """`POST /users/@me/channels`: the direct conversation with somebody, new or not."""

    recipient_id: Snowflake


class Conversation(BaseModel):
    id: Snowflake


class NobodyMentioned(Model):
    """`allowed_mentions`: whatever a text says, it calls nobody."""

    parse: tuple[str, ...] = ()


class NewMessage(Model):
    """`POST /channels/{channel}/messages`. `nonce` is at most 25 characters; with `enforce_nonce`
    the same one within a few minutes is the same message."""

    content: Annotated[str, Field(max_length=2_000)]
    nonce: str
    enforce_nonce: bool = True
    allowed_mentions: NobodyMentioned = NobodyMentioned()


class DirectMessage(BaseModel):
    id: Snowflake
    author: Author
    content: StrictStr


class DirectMessages(RootModel[tuple[DirectMessage, ...]]):
    """`GET /channels/{channel}/messages`, the newest first."""


class MessageId(Model):
    """How an item is named: `<channel id>/<message id>`."""

    channel: Snowflake
    message: Snowflake

    @classmethod
    def parse(cls, item_id: str) -> "MessageId | None":
        channel, _, message = item_id.partition("/")
        if not (_SNOWFLAKE.fullmatch(channel) and _SNOWFLAKE.fullmatch(message)):
            return None
        return cls(channel=channel, message=message)


def is_snowflake(text: str) -> bool:
    return _SNOWFLAKE.fullmatch(text) is not None


_KINDS: Final = frozenset(ActionKind)
_MARK: Final = re.compile(r"casework (\S+) ([a-z_]+)(?:: .*)?", re.DOTALL)


def reason_of(action: ActionRecord) -> str:
    """The reason for Discord's audit log, as its header takes it: whose action, what kind, and on
    what grounds. No user content. Cut at the grounds to what fits."""
    mark = f"casework {action.platform_ref} {action.kind}"
    grounds = action.reason
    while grounds:
        encoded = quote(f"{mark}: {grounds}")
        if len(encoded) <= _LONGEST_REASON:
            return encoded
        grounds = grounds[:-1]
    return quote(mark)


def mark_in(reason: str | None) -> Mark | None:
    """None for what a person wrote."""
    found = _MARK.fullmatch(reason or "")
    if found is None or found[2] not in _KINDS:
        return None
    return Mark(action_id=found[1], kind=ActionKind(found[2]))
