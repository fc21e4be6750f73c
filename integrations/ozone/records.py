"""What the simulated Ozone holds: accounts, records, and the events from which all else follows."""

from collections import Counter
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from casework.base import Model
from integrations.ozone.wire import EventType

_REPO: Final = "com.atproto.admin.defs#repoRef"


class Refused(Exception):
    """`name` is the `error` of the answer."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(status, name)
        self.status = status
        self.name = name


class _Said(BaseModel):
    model_config = ConfigDict(populate_by_name=True)


class SaidEvent(_Said):
    type: EventType = Field(alias="$type")
    comment: str = ""
    policies: list[str] | None = None
    duration: int | None = Field(default=None, alias="durationInHours", strict=True, ge=1)
    create: list[str] | None = Field(default=None, alias="createLabelVals")
    negate: list[str] | None = Field(default=None, alias="negateLabelVals")


class SaidSubject(_Said):
    type: str = Field(alias="$type")
    did: str | None = None
    uri: str | None = None
    cid: str | None = None

    @property
    def name(self) -> str:
        name = self.did if self.type == _REPO else self.uri
        if name is None or (self.type != _REPO and self.cid is None):
            raise Refused(400, "InvalidRequest")
        return name


class SaidEmission(_Said):
    """The body of `emitEvent`."""

    event: SaidEvent
    subject: SaidSubject
    created_by: str = Field(alias="createdBy")
    tool: dict[str, JsonValue] | None = Field(default=None, alias="modTool")
    external_id: str | None = Field(default=None, alias="externalId")


class Kept(Model):
    """An event as it was logged. `did` is the account concerned, also for its records."""

    number: int
    said: SaidEmission
    about: str
    did: str
    at: datetime

    def view(self) -> dict[str, JsonValue]:
        """As `modEventView`, in which the external id is not told."""
        shown = self.said.model_dump(mode="json", by_alias=True, exclude_none=True)
        shown.pop("externalId", None)
        return {**shown, "id": self.number, "createdAt": self.at.isoformat(), "subjectBlobCids": []}


class Registry:
    """Raises Refused as Ozone refuses, in its order: what stands comes before external ids."""

    def __init__(self) -> None:
        self.accounts: set[str] = set()
        self.records: dict[str, str] = {}
        self.events: list[Kept] = []

    @property
    def doubled(self) -> list[str]:
        """What one external id brought about more than once."""
        tally = Counter((kept.said.external_id, kept.said.event.type) for kept in self.events)
        return [str(external_id) for (external_id, _), times in tally.items() if times > 1]

    def log(self, said: SaidEmission, at: datetime) -> Kept:
        about = said.subject.name
        did = about.removeprefix("at://").partition("/")[0]
        self._check_what_stands(said.event.type, about)
        key = (said.external_id, said.event.type, did)
        if said.external_id and key in {self._key(kept) for kept in self.events}:
            raise Refused(400, "DuplicateExternalId")
        if said.event.type is EventType.LABEL and None in (said.event.create, said.event.negate):
            raise Refused(400, "InvalidRequest")
        kept = Kept(number=len(self.events) + 1, said=said, about=about, did=did, at=at)
        self.events.append(kept)
        return kept

    def about(self, subject: str, types: list[str]) -> list[Kept]:
        """The newest first."""
        found = (kept for kept in reversed(self.events) if kept.about == subject)
        return [kept for kept in found if not types or kept.said.event.type in types]

    def is_taken_down(self, about: str) -> bool:
        newest = self.about(about, [EventType.TAKEDOWN, EventType.REVERSE])
        return bool(newest) and newest[0].said.event.type is EventType.TAKEDOWN

    def _check_what_stands(self, wanted: EventType, about: str) -> None:
        stands = self.is_taken_down(about)
        if (wanted is EventType.TAKEDOWN and stands) or (
            wanted is EventType.REVERSE and not stands
        ):
            raise Refused(400, "InvalidRequest")

    @staticmethod
    def _key(kept: Kept) -> tuple[str | None, EventType, str]:
        return kept.said.external_id, kept.said.event.type, kept.did
