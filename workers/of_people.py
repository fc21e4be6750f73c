"""What the environment says of people: how staff sign in, and where accounts are taken to be."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from casework.identities import GroupRule


class PeopleSettings(BaseSettings):
    """A session ends after `session_s` at the latest, and when unused for `session_idle_s`."""

    session_s: Annotated[float, Field(gt=0, le=86_400)] = 8 * 3_600.0
    session_idle_s: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0

    oidc_issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)] | None = None
    """An OpenID Connect provider, exactly as its tokens name it."""
    oidc_client_id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: Annotated[str, Field(min_length=1, max_length=100)] = "your organisation"
    oidc_scopes: tuple[str, ...] = ("openid",)
    oidc_groups: tuple[GroupRule, ...] = ()
    """What groups there let people do here; the first that fits counts, and it alone."""
    oidc_groups_claim: Annotated[str, Field(min_length=1, max_length=200)] = "groups"
    oidc_name_claim: Annotated[str, Field(min_length=1, max_length=200)] = "preferred_username"

    assumed_jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = (
        None
    )
    """Of accounts whose place no detection names; only for what the appeal page tells of law."""

    def refuse_half_a_provider(self) -> None:
        """Raises ValueError for an issuer without a client, or groups without an issuer."""
        if self.oidc_issuer is None and self.oidc_groups:
            raise ValueError(
                "CASEWORK_OIDC_ISSUER is missing, whose groups CASEWORK_OIDC_GROUPS are"
            )
        if self.oidc_issuer is not None and self.oidc_client_id is None:
            raise ValueError("CASEWORK_OIDC_CLIENT_ID is missing")

    def refuse_a_provider_in_the_clear(self) -> None:
        """Raises ValueError for an issuer without https."""
        if self.oidc_issuer is not None and not self.oidc_issuer.startswith("https://"):
            raise ValueError("CASEWORK_OIDC_ISSUER begins with https:// in production")
