"""Who somebody is at an identity provider, what is asked to find out, and what their groups say."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator

from casework.base import Model
from casework.records import Person
from casework.words import Role


class Identity(Model):
    """One account at one provider."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]


class Vouched(Model):
    """What a provider says of whoever has signed in there. Only the identity says who it is:
    `called` names a newcomer and finds nobody, and `groups` count where a setting names them."""

    identity: Identity
    groups: frozenset[str] = frozenset()
    called: str = ""
    proof: SecretStr = SecretStr("")
    """The id token, to be shown to the provider again when its owner signs out."""


class SignedOutThere(Model):
    """A provider's word that somebody's session there is over."""

    message_id: Annotated[str, Field(min_length=1, max_length=255)]
    """Its own; the same one again is a repetition."""
    identity: Identity


class GroupRule(Model):
    """What membership of one group at the provider lets people do here."""

    group: Annotated[str, Field(min_length=1, max_length=500)]
    role: Role
    harms: frozenset[str] = Field(default=frozenset({"*"}), min_length=1)
    queues: frozenset[str] = Field(default=frozenset({"*"}), min_length=1)

    @field_validator("role")
    @classmethod
    def _is_for_people(cls, role: Role) -> Role:
        if role is Role.DETECTOR:
            raise ValueError("a detector is a machine and has a token")
        return role

    def rights_of(self, person_id: str) -> Person:
        return Person(id=person_id, role=self.role, harms=self.harms, queues=self.queues)


def rule_for(groups: Iterable[str], rules: Sequence[GroupRule]) -> GroupRule | None:
    """The first rule whose group is among these, and it alone: two rules put together could let
    somebody see a harm in a queue that neither of them names. None: no rule is for them."""
    theirs = frozenset(groups)
    return next((rule for rule in rules if rule.group in theirs), None)


class Question(Model):
    """One sign-in under way. It stays with the browser it began in, sealed; its three values come
    back by three ways, and all have to match."""

    state: str
    """With the browser: the answer belongs to this browser."""
    nonce: str
    """In the token: the token was made for this question."""
    verifier: str
    """From us to the provider: whoever redeems the code is who asked (PKCE)."""

    @classmethod
    def new(cls) -> Self:
        return cls(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )


class Answer(Model):
    """What the browser brings back."""

    code: str
    issuer: str | None = None
