"""What a provider says of itself, and the keys that it signs with."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel

from casework.errors import Nonsense, TurnedDown
from integrations.http import Outbound, Request

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Those with a public key. Never `none`, and never one keyed with our own secret."""
_KNOWN_FOR = timedelta(hours=1)


class Metadata(BaseModel):
    """Source: OpenID Connect Discovery 1.0, 3; RP-Initiated Logout 1.0, 2.1; RFC 9207, 3."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        always = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri)
        return (*always, self.end_session_endpoint) if self.end_session_endpoint else always


class _Keys(BaseModel):
    keys: list[dict[str, Any]]


class Provider:
    """What it says is kept for an hour; its keys are asked for again as soon as a token names one
    that is not among them.

    Both questions raise Unavailable, TurnedDown and Nonsense.
    """

    def __init__(self, http: Outbound, issuer: str, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._issuer = issuer
        self._clock = clock
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    async def about(self) -> Metadata:
        now = self._clock()
        if self._metadata is not None and now - self._metadata[0] < _KNOWN_FOR:
            return self._metadata[1]
        url = get_well_known_url(self._issuer, external=True)
        found = (await self._http.get(Request(url=url))).parsed_as(Metadata)
        if found.issuer.rstrip("/") != self._issuer:
            raise Nonsense("the provider calls itself by another name")
        _refuse_downgrade(self._issuer, found)
        self._metadata = (now, found)
        return found

    async def verified(self, token: str, kind: str) -> jwt.Token:
        """The token, whose signature is by one of its keys; nothing that it claims is checked."""
        metadata = await self.about()
        try:
            return jwt.decode(token, await self._trusted(metadata), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._keys = None  # signed with a newer key than those we have
        except (JoseError, ValueError) as error:
            raise _unverified(kind, error) from None
        try:
            return jwt.decode(token, await self._trusted(metadata), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise _unverified(kind, error) from None

    async def _trusted(self, metadata: Metadata) -> KeySet:
        now = self._clock()
        if self._keys is not None and now - self._keys[0] < _KNOWN_FOR:
            return self._keys[1]
        reply = await self._http.get(Request(url=metadata.jwks_uri))
        try:
            found = KeySet.import_key_set({"keys": reply.parsed_as(_Keys).keys})
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Nonsense(f"keys that cannot be read: {type(error).__name__}") from None
        self._keys = (now, found)
        return found


def _unverified(kind: str, error: Exception) -> Nonsense:
    return Nonsense(f"{kind} that cannot be verified: {type(error).__name__}")


def _refuse_downgrade(issuer: str, found: Metadata) -> None:
    """A provider on https has nothing on http, whoever wrote what it says of itself."""
    scheme = urlsplit(issuer).scheme
    if any(urlsplit(address).scheme not in {scheme, "https"} for address in found.addresses):
        raise TurnedDown("the provider names an address without https")
