"""The words of Synapse's APIs for reading: rooms, events and reports. Events stay as they came.

Source: spec.matrix.org v1.18 (client-server API, "Syncing") and Synapse's documentation of its
admin API ("Show reported events"), both read against Synapse 1.163.
"""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictInt, StrictStr


class WhoAmI(BaseModel):
    user_id: StrictStr


class Directory(BaseModel):
    room_id: StrictStr


class Timeline(BaseModel):
    events: list[Any] = []
    limited: bool = False
    """There is more between the token and the first of these events."""
    prev_batch: StrictStr | None = None


class RoomPart(BaseModel):
    timeline: Timeline = Timeline()


class RoomParts(BaseModel):
    join: dict[str, RoomPart] = {}
    leave: dict[str, RoomPart] = {}
    invite: dict[str, Any] = {}


class Sync(BaseModel):
    next_batch: StrictStr
    rooms: RoomParts = RoomParts()


class Page(BaseModel):
    chunk: list[Any]
    end: StrictStr | None = None


class Authored(BaseModel):
    sender: StrictStr


class AuthoredThere(Authored):
    room_id: StrictStr


class Fetched(BaseModel):
    event: AuthoredThere


class Filed(BaseModel):
    """A report, as lists have it. `sender` is null when the event is unknown."""

    id: StrictInt
    event_id: StrictStr
    room_id: StrictStr
    user_id: StrictStr
    sender: StrictStr | None = None
    reason: StrictStr | None = None
    received_ts: Annotated[StrictInt, Field(ge=0, le=253_402_300_799_000)]


class FiledPage(BaseModel):
    event_reports: tuple[Filed, ...]
    next_token: StrictInt | None = None


class FiledEvent(BaseModel):
    event_json: dict[str, Any]
