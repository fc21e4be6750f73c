"""Who somebody is at an identity provider, and what is asked to find out."""

import secrets
from typing import Annotated, Self

from pydantic import Field

from casework.base import Model


class Identity(Model):
    """One account at one provider. Nothing else that the provider says of it counts here."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    subject: Annotated[str, Field(min_length=1, max_length=255)]


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
