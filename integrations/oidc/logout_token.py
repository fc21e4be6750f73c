"""What a provider sends when somebody's session there is over, and what makes it genuine."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from casework.errors import Nonsense

LEEWAY = 30
"""Seconds that the provider's clock may differ from ours."""
_OLDEST = timedelta(hours=24).total_seconds()
"""So long we remember which tokens came; an older one could come twice."""
_EVENT = "http://schemas.openid.net/event/backchannel-logout"

_Id = Annotated[str, Field(min_length=1, max_length=255)]


class LogoutToken(BaseModel, strict=True):
    iss: str
    aud: str | list[str]
    iat: int
    exp: int
    jti: _Id
    sub: _Id
    """The spec lets a provider name a session of its own instead; those we do not know."""
    events: dict[str, Any]


def read(claims: dict[str, Any], issuer: str, client_id: str, now: datetime) -> LogoutToken:
    """The claims of a token whose signature was checked.

    Raises Nonsense: it is no logout token, not from this provider, not for us, or over.

    Source: OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6.
    """
    if "nonce" in claims:
        raise Nonsense("a logout token has no nonce, an id token has")
    try:
        said = LogoutToken.model_validate(claims)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Nonsense(f"a logout token with a bad {field}") from None
    audience = [said.aud] if isinstance(said.aud, str) else said.aud
    if said.iss != issuer or client_id not in audience:
        raise Nonsense("a logout token that is not for us")
    if not isinstance(said.events.get(_EVENT), dict):
        raise Nonsense("a token that says nothing of signing out")
    at = now.timestamp()
    if said.exp + LEEWAY <= at or not at - _OLDEST <= said.iat <= at + LEEWAY:
        raise Nonsense("a logout token that is over, or not yet made")
    return said
