"""The words of Ozone's API, as far as they are spoken here.

Facts from the lexicons in github.com/bluesky-social/atproto (August 2026): tools.ozone.moderation,
com.atproto.admin.defs, com.atproto.repo.strongRef, com.atproto.server. Unknown fields are theirs.
"""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictStr

from casework.base import Model
from casework.words import ActionKind
from integrations.standing import Mark

_DID: Final = r"did:[a-z]+:[A-Za-z0-9._:%-]{1,128}"
Did = Annotated[str, Field(pattern=f"^{_DID}$")]

_IS_DID: Final = re.compile(_DID)
_RECORD: Final = re.compile(
    rf"(at://({_DID})/[A-Za-z0-9.-]{{1,128}}/[A-Za-z0-9._:~-]{{1,128}})(?:#([A-Za-z0-9]{{8,128}}))?"
)

TOOL: Final = "casework"
"""Names us in `modTool`, with which every event of ours is marked."""

_KINDS: Final = frozenset(ActionKind)


class Problem(StrEnum):
    """`error` in the body of a refusal."""

    DUPLICATE = "DuplicateExternalId"
    NO_RECORD = "RecordNotFound"
    NO_REPO = "RepoNotFound"
    EXPIRED = "ExpiredToken"
    INVALID_TOKEN = "InvalidToken"


class EventType(StrEnum):
    TAKEDOWN = "tools.ozone.moderation.defs#modEventTakedown"
    REVERSE = "tools.ozone.moderation.defs#modEventReverseTakedown"
    LABEL = "tools.ozone.moderation.defs#modEventLabel"


class RecordName(Model):
    """How an item is named: `at://<DID>/<collection>/<key>`, and, where the detector knows it,
    `#<cid>` behind it: the version that was judged."""

    uri: str
    author: str
    cid: str | None = None

    @classmethod
    def parse(cls, item_id: str) -> "RecordName | None":
        found = _RECORD.fullmatch(item_id)
        return cls(uri=found[1], author=found[2], cid=found[3]) if found else None


def is_did(text: str) -> bool:
    return _IS_DID.fullmatch(text) is not None


# -- what we send ----------------------------------------------------------------------------------


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)

    def as_json(self) -> bytes:
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class Login(_Sent):
    identifier: str
    password: str


class RepoRef(_Sent):
    type: Literal["com.atproto.admin.defs#repoRef"] = Field(
        default="com.atproto.admin.defs#repoRef", alias="$type"
    )
    did: str


class StrongRef(_Sent):
    type: Literal["com.atproto.repo.strongRef"] = Field(
        default="com.atproto.repo.strongRef", alias="$type"
    )
    uri: str
    cid: str


class Event(_Sent):
    """A takedown, its reversal, or labels. Labels name both lists, also when one is empty."""

    type: EventType = Field(alias="$type")
    comment: str
    policies: tuple[str, ...] | None = None
    duration_in_hours: int | None = Field(default=None, alias="durationInHours")
    create: tuple[str, ...] | None = Field(default=None, alias="createLabelVals")
    negate: tuple[str, ...] | None = Field(default=None, alias="negateLabelVals")


class ToolMeta(_Sent):
    batch_id: str = Field(alias="batchId")
    kind: ActionKind


class SentTool(_Sent):
    name: str = TOOL
    meta: ToolMeta


class Emission(_Sent):
    """`tools.ozone.moderation.emitEvent`. Ozone refuses a second event of one type with the same
    external id on the same account or its records."""

    event: Event
    subject: RepoRef | StrongRef
    created_by: str = Field(alias="createdBy")
    tool: SentTool = Field(alias="modTool")
    external_id: str = Field(alias="externalId")


# -- what we are told ------------------------------------------------------------------------------


class Session(BaseModel):
    token: Annotated[StrictStr, Field(alias="accessJwt", min_length=1)]
    did: Annotated[StrictStr, Field(pattern=f"^{_DID}$")]


class Refusal(BaseModel):
    error: StrictStr = ""


class ToldEvent(BaseModel):
    type: Annotated[StrictStr, Field(alias="$type")]
    create: Annotated[tuple[StrictStr, ...], Field(alias="createLabelVals")] = ()
    negate: Annotated[tuple[StrictStr, ...], Field(alias="negateLabelVals")] = ()


class ToldSubject(BaseModel):
    uri: StrictStr | None = None
    cid: StrictStr | None = None


class ToldTool(BaseModel):
    name: StrictStr
    meta: JsonValue = None


class EventView(BaseModel):
    event: ToldEvent
    subject: ToldSubject
    tool: Annotated[ToldTool | None, Field(alias="modTool")] = None

    @property
    def mark(self) -> Mark | None:
        """Whose action it was; None for what somebody else did."""
        if self.tool is None or self.tool.name != TOOL or not isinstance(self.tool.meta, dict):
            return None
        action_id, kind = self.tool.meta.get("batchId"), self.tool.meta.get("kind")
        if not isinstance(action_id, str) or not isinstance(kind, str) or kind not in _KINDS:
            return None
        return Mark(action_id=action_id, kind=ActionKind(kind))


class EventPage(BaseModel):
    events: tuple[EventView, ...]
    cursor: StrictStr | None = None


class RecordView(BaseModel):
    cid: Annotated[StrictStr, Field(min_length=1)]


class RepoView(BaseModel):
    did: StrictStr
