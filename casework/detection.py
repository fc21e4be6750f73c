"""A detector's claim, as it comes in and as a case sees it."""

import re
from typing import Annotated

from pydantic import Field, JsonValue

from casework.base import Model, Moment, Name, Reference, Score, Slug
from casework.words import Channel

_LANGUAGE = re.compile(r"^([A-Za-z]{2,3})([-_][A-Za-z0-9]{1,8})*$")
"""A tag of BCP 47 (RFC 5646, section 2.1), or a locale's name; the first subtag is the language."""


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

    @property
    def reach(self) -> int:
        """How many saw it, as `context.reach` says; 0 where it says nothing sensible."""
        said = self._said("reach")
        return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else 0

    @property
    def language(self) -> str | None:
        """What it is written in, as `context.language` says: the primary subtag in lower case."""
        said = self._said("language")
        tag = _LANGUAGE.match(said) if isinstance(said, str) else None
        return None if tag is None else tag[1].lower()

    def _said(self, name: str) -> JsonValue:
        return self.context.get(name) if isinstance(self.context, dict) else None


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

    @property
    def reporter(self) -> str | None:
        """The account that reported it, as `evidence.reporter` names it."""
        named = self.evidence.get("reporter")
        return named if isinstance(named, str) and named else None
