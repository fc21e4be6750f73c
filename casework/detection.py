"""A detector's claim, as it comes in and as a case sees it."""

from typing import Annotated

from pydantic import Field, JsonValue

from casework.base import Model, Moment, Name, Reference, Score, Slug
from casework.words import Channel


class DetectorRef(Model):
    name: Name
    version: Name


class AccountRef(Model):
    """Who is answerable. `jurisdiction` is an ISO 3166 code or `EU`, when known."""

    id: Reference
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$")] | None = None


class Media(Model):
    url: Annotated[str, Field(max_length=2_000)]
    type: Name | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class ItemRef(Model):
    type: Name
    id: Reference


class Item(ItemRef):
    """What is judged. `text`, `url`, `media` and `context` are evidence: stored encrypted."""

    text: str | None = None
    url: Annotated[str, Field(max_length=2_000)] | None = None
    media: tuple[Media | Annotated[str, Field(max_length=2_000)], ...] = ()
    context: JsonValue = None

    @property
    def ref(self) -> ItemRef:
        return ItemRef(type=self.type, id=self.id)


class Detection(Model):
    """A claim that an item breaks the rules about one harm.

    `observed_at` is the detector's word and only evidence: deadlines count from receipt.
    """

    detection_id: Name
    detector: DetectorRef
    harm: Slug
    item: Item
    account: AccountRef
    score: Score | None = None
    channel: Channel = Channel.CLASSIFIER
    observed_at: Moment
    evidence: dict[str, JsonValue] = Field(default_factory=dict)
