from typing import Annotated

from pydantic import Field, SecretStr

from casework.base import Model
from integrations.addresses import BaseUrl


class OidcSettings(Model):
    """`issuer` exactly as the provider's tokens name it. Without a secret we are a public client,
    and PKCE alone shows that we are who asked."""

    issuer: BaseUrl
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: SecretStr | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] = "your organisation"
    """As people call it: the page says *Sign in with ...*."""
    scopes: tuple[str, ...] = ("openid",)
    """More are needed where the provider puts groups or a name into the id token only then."""
    groups_claim: Annotated[str, Field(min_length=1, max_length=200)] = "groups"
    name_claim: Annotated[str, Field(min_length=1, max_length=200)] = "preferred_username"
