"""What somebody posted, as those in the room read it.

Anybody may put anything into an event, so nothing in its content is taken to be of its type.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field, StrictInt, StrictStr, ValidationError

from casework.base import Model, Moment
from casework.detection import Media
from casework.errors import Nonsense
from integrations.matrix.markup import read_markup

MESSAGE_EVENT: Final = "m.room.message"
ENCRYPTED_EVENT: Final = "m.room.encrypted"
_HTML: Final = "org.matrix.custom.html"
_QUOTED: Final = re.compile(r"\A> <@[^\n]*\n(?:>[^\n]*\n)*\n?")
"""The words that a reply repeats for old clients. Source: client-server API, "Fallbacks for rich
replies" (until 1.12)."""
_LAST_MOMENT_MS: Final = 253_402_300_799_000


class Posted(Model):
    """A message. `text` is everything it shows; `replaces` is the message it says it is an edit of:
    whether that one is its author's is for the reader to find out."""

    room: str
    event: str
    author: str
    at: Moment
    """As its author's server says: no more than a claim where that is not our homeserver."""
    kind: str
    text: str = ""
    media: tuple[Media, ...] = ()
    replaces: str | None = None

    def as_edit_of(self, event: str | None) -> Self:
        return self.model_copy(update={"replaces": event})


class _Event(BaseModel):
    event_id: Annotated[StrictStr, Field(pattern=r"^\$")]
    sender: Annotated[StrictStr, Field(pattern=r"^@")]
    origin_server_ts: Annotated[StrictInt, Field(ge=0, le=_LAST_MOMENT_MS)]
    type: StrictStr
    content: dict[str, Any] = {}
    unsigned: dict[str, Any] = {}


def posted(room: str, event: object) -> Posted | None:
    """The message that an event of a room is; None when it was redacted.

    Raises:
        Nonsense: it lacks what every event has.
    """
    try:
        read = _Event.model_validate(event)
    except ValidationError:
        raise Nonsense("an event without an id, an author or a time") from None
    if "redacted_because" in read.unsigned:
        return None
    relation = _part(read.content, "m.relates_to")
    replaces = _word(relation, "event_id") if relation.get("rel_type") == "m.replace" else ""
    shown = _part(read.content, "m.new_content") if replaces else read.content
    return Posted(
        room=room,
        event=read.event_id,
        author=read.sender,
        at=datetime.fromtimestamp(read.origin_server_ts / 1000, UTC),
        kind=read.type,
        text=_text(shown, is_reply=isinstance(relation.get("m.in_reply_to"), dict)),
        media=_media(shown),
        replaces=replaces or None,
    )


def _text(content: Mapping[str, Any], *, is_reply: bool) -> str:
    """The plain text, and below it the formatted one where that says something else: clients show
    the one or the other."""
    plain = _word(content, "body")
    if is_reply:
        plain = _QUOTED.sub("", plain)
    formatted = _word(content, "formatted_body") if content.get("format") == _HTML else ""
    shown = read_markup(formatted, is_reply=is_reply)
    if _letters(shown) == _letters(plain):
        return plain
    return "\n".join(part for part in (plain, shown) if part)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _media(content: Mapping[str, Any]) -> tuple[Media, ...]:
    """The file a message shows; in rooms with encryption its address stands in `file`."""
    url = _word(content, "url") or _word(_part(content, "file"), "url")
    if not url.startswith("mxc://"):
        return ()
    try:
        return (Media(url=url, type=_word(_part(content, "info"), "mimetype") or None),)
    except ValidationError:
        return ()


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _word(content: Mapping[str, Any], name: str) -> str:
    word = content.get(name)
    return word if isinstance(word, str) else ""
