"""The words of Synapse's client and admin API that we use, and how items are named here.

Source: spec.matrix.org v1.18 (client-server API, "Redactions" and "Event format") and Synapse's
documentation of its admin API, both read against Synapse 1.163.
"""

from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, Field, JsonValue, StrictBool, StrictStr, ValidationError

from casework.base import Model
from casework.detection import ItemRef
from casework.records import ActionRecord
from casework.words import ActionKind
from integrations.standing import Impossible

MESSAGE: Final = "message"
MEDIA: Final = "media"
"""The types of item there are on Matrix."""

REF: Final = "casework.ref"
"""In the content of what we send: the reference it was sent for, so that it is found again."""


SWITCHES: Final = frozenset(
    {ActionKind.SUSPEND_ACCOUNT, ActionKind.BAN_ACCOUNT, ActionKind.LIMIT_REACH}
)
"""What a homeserver keeps as one yes or no of an account."""

QUARANTINING: Final = frozenset({ActionKind.REMOVE_ITEM, ActionKind.HIDE_ITEM})
"""What it keeps as one yes or no of media."""


def switched_by(action: ActionRecord) -> frozenset[ActionKind]:
    """The kinds that turn the switch which this action turns; none where it turns none."""
    if action.kind in SWITCHES:
        return frozenset({action.kind})
    is_on_media = action.kind in QUARANTINING and action.item.type == MEDIA
    return QUARANTINING if is_on_media else frozenset()


class MessageName(Model):
    """`!room:server/$event`; rooms of version 12 have no server in their id."""

    room: Annotated[str, Field(pattern=r"^![^/]+$")]
    event: Annotated[str, Field(pattern=r"^\$.+$")]


class MediaName(Model):
    """`mxc://server/media`."""

    server: Annotated[str, Field(pattern=r"^[^/]+$")]
    media: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


_Name = TypeVar("_Name", MessageName, MediaName)


def message_name(item: ItemRef) -> MessageName:
    """Raises Impossible for an id that names no message of any homeserver."""
    room, _, event = item.id.partition("/")
    return _named(MessageName, room=room, event=event)


def media_name(item: ItemRef) -> MediaName:
    """Raises Impossible for an id that names no media of any homeserver."""
    scheme, _, rest = item.id.partition("://")
    server, _, media = rest.partition("/")
    return _named(MediaName, server=server if scheme == "mxc" else "", media=media)


def _named(shape: type[_Name], **parts: str) -> _Name:
    try:
        return shape.model_validate(parts)
    except ValidationError:
        raise Impossible("the item's id is not one of Matrix") from None


# -- what the homeserver says ----------------------------------------------------------------------


class Refusal(BaseModel):
    errcode: StrictStr = ""
    retry_after_ms: Annotated[float, Field(ge=0)] | None = None


class WhoAmI(BaseModel):
    user_id: StrictStr


class Marked(BaseModel):
    ref: JsonValue = Field(default=None, alias=REF)
    """Anybody may put anything here."""


class Redaction(BaseModel):
    content: Marked = Marked()


class Unsigned(BaseModel):
    redacted_because: Redaction | None = None


class Event(BaseModel):
    event_id: StrictStr
    room_id: StrictStr
    sender: StrictStr
    state_key: StrictStr | None = None
    unsigned: Unsigned = Unsigned()


class EventInContext(BaseModel):
    event: Event


class Related(BaseModel):
    event_id: StrictStr
    sender: StrictStr


class Relations(BaseModel):
    chunk: tuple[Related, ...]
    next_batch: StrictStr | None = None


class User(BaseModel):
    name: StrictStr
    admin: StrictBool
    deactivated: StrictBool
    suspended: StrictBool
    locked: StrictBool
    shadow_banned: StrictBool


class MediaInfo(BaseModel):
    """`user_id` is null for media of other servers."""

    user_id: StrictStr | None
    quarantined_by: StrictStr | None
    safe_from_quarantine: bool | None = None
    """Its own administrators protect it; 0 or 1 where the database has no yes or no."""


class MediaAnswer(BaseModel):
    media_info: MediaInfo


class Sent(BaseModel):
    event_id: StrictStr


class Notice(BaseModel):
    content: Marked = Marked()


class FetchedNotice(BaseModel):
    event: Notice


class Memberships(BaseModel):
    memberships: dict[str, StrictStr]


class Room(BaseModel):
    creator: StrictStr | None


class Messages(BaseModel):
    chunk: tuple[Notice, ...]
    end: StrictStr | None = None


# -- what we say -----------------------------------------------------------------------------------


class RedactionOrder(BaseModel):
    reason: str | None
    ref: str = Field(serialization_alias=REF)


class Suspend(BaseModel):
    suspend: bool


class Lock(BaseModel):
    locked: bool


class NoticeContent(BaseModel):
    msgtype: str = "m.text"
    body: str
    ref: str = Field(serialization_alias=REF)


class NoticeOrder(BaseModel):
    user_id: str
    content: NoticeContent
