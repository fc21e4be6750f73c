"""What somebody can judge, and what they will not see."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from casework.base import Model, Moment, Name, Reference, Slug
from casework.unions import with_members

_LANGUAGE = re.compile(r"^[a-z]{2,3}$")
_PLACE = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")


def _language(said: str) -> str:
    if not _LANGUAGE.match(said.lower()):
        raise ValueError("a language is the two or three letters of its primary subtag, as `de`")
    return said.lower()


def _place(said: str) -> str:
    if not _PLACE.match(said.upper()):
        raise ValueError("a jurisdiction is `EU`, a country as `DE`, or a part of one as `US-CA`")
    return said.upper()


Language = Annotated[str, AfterValidator(_language)]
Jurisdiction = Annotated[str, AfterValidator(_place)]


class Needs(Model):
    """What a waiting review asks of whoever is served it."""

    harm: Slug
    language: str | None = None
    jurisdiction: str | None = None
    skill: str | None = None


class Profile(Model):
    """What a person can judge. No languages, or no jurisdictions, means all of them."""

    person: Name
    languages: frozenset[Language] = frozenset()
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    skills: frozenset[Slug] = frozenset()
    opted_out: frozenset[Slug] = frozenset()
    """Harms that are never served to this person."""
    limits: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    alias: Name | None = None

    def takes(self, needs: Needs) -> bool:
        """Whether such a review may be served to this person."""
        return (
            needs.harm not in self.opted_out
            and (not self.languages or needs.language in {None, *self.languages})
            and (not self.jurisdictions or self._judges_in(needs.jurisdiction))
            and needs.skill in {None, *self.skills}
        )

    @property
    def places(self) -> frozenset[str]:
        """The jurisdictions, and the member states of a union among them. A part of a country is
        judged by whoever judges in the country; what is marked `EU` alone by whoever has `EU`."""
        return with_members(self.jurisdictions)

    def _judges_in(self, jurisdiction: str | None) -> bool:
        return jurisdiction is None or bool({jurisdiction, jurisdiction[:2]} & self.places)


class RelationKind(StrEnum):
    """How somebody is tied to an account. Stored: never rename one."""

    OWN = "own"
    RELATED = "related"


class Relation(Model):
    """An account that this person must not judge, nor decide what it reported."""

    account_id: Reference
    kind: RelationKind


class Declared(Relation):
    declared_by: Name
    at: Moment
