"""Signs people in at an OpenID Connect provider: authorization code, PKCE, an id token checked."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, SecretStr, ValidationError

from casework.errors import Nonsense, TurnedDown
from casework.identities import Answer, Identity, Question
from integrations.http import Outbound, Request
from integrations.oidc.settings import OidcSettings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Those with a public key. Never `none`, and never one keyed with our own secret."""
_LEEWAY = 30
"""Seconds that the provider's clock may differ from ours."""
_KNOWN_FOR = timedelta(hours=1)


class _Metadata(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(BaseModel):
    id_token: str
    access_token: str | None = None


class _Keys(BaseModel):
    keys: list[dict[str, Any]]


class Oidc:
    """Is a `gateway.ports.IdentityProvider`. What the provider says of itself is kept for an hour;
    its keys are asked for again as soon as a token names one that is not among them.

    Both questions raise:
        Unavailable: the provider does not answer.
        TurnedDown: it refuses, as it does a code that was used before.
        Nonsense: what it answers is not OpenID Connect, not from it, or not for us.

    Source: OpenID Connect Core 1.0, 3.1; Discovery 1.0, 4; RFC 7636; RFC 9207.
    """

    def __init__(
        self,
        http: Outbound,
        settings: OidcSettings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._metadata: tuple[datetime, _Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    async def address(self, question: Question, back: str) -> str:
        """Where the browser is to go. It comes back to `back`."""
        metadata = await self._about()
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            self._settings.client_id,
            "code",
            redirect_uri=back,
            scope=self._settings.scopes,
            state=question.state,
            nonce=question.nonce,
            code_challenge=create_s256_code_challenge(question.verifier),
            code_challenge_method="S256",
        )
        return address

    async def identity(self, question: Question, answer: Answer, back: str) -> Identity:
        """Who has signed in there, in answer to this question."""
        metadata = await self._about()
        must_name = metadata.authorization_response_iss_parameter_supported
        if answer.issuer != metadata.issuer and (must_name or answer.issuer is not None):
            raise Nonsense("the answer is from another provider")
        tokens = await self._redeem(metadata, question, answer.code, back)
        return await self._checked(metadata, question, tokens)

    async def _about(self) -> _Metadata:
        now = self._clock()
        if self._metadata is not None and now - self._metadata[0] < _KNOWN_FOR:
            return self._metadata[1]
        url = get_well_known_url(self._settings.issuer, external=True)
        found = (await self._http.get(Request(url=url))).parsed_as(_Metadata)
        if found.issuer.rstrip("/") != self._settings.issuer:
            raise Nonsense("the provider calls itself by another name")
        _refuse_downgrade(self._settings.issuer, found)
        self._metadata = (now, found)
        return found

    async def _redeem(
        self, metadata: _Metadata, question: Question, code: str, back: str
    ) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": question.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        form, headers = self._as_ourselves(metadata, form, headers)
        content = urlencode(form).encode()
        reply = await self._http.post(
            Request(url=metadata.token_endpoint, content=content, headers=headers)
        )
        if reply.status != HTTPStatus.OK:
            raise Nonsense(f"the provider answered {reply.status} instead of 200")
        return reply.parsed_as(_Tokens)

    def _as_ourselves(
        self, metadata: _Metadata, form: dict[str, str], headers: dict[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """With what shows that it is us who asks (RFC 6749, 2.3.1)."""
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if secret is None:
            return form | {"client_id": client_id}, headers
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            return form, headers | {"Authorization": _basic(client_id, secret)}
        more = {"client_id": client_id, "client_secret": secret.get_secret_value()}
        return form | more, headers

    async def _checked(self, metadata: _Metadata, question: Question, tokens: _Tokens) -> Identity:
        token = await self._verified(metadata, tokens.id_token)
        expected: dict[str, Any] = {
            "iss": {"essential": True, "value": metadata.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        beside = {
            "nonce": question.nonce,
            "client_id": self._settings.client_id,
            "access_token": tokens.access_token,
        }
        claims = CodeIDToken(token.claims, token.header, expected, beside)
        try:
            claims.validate(int(self._clock().timestamp()), _LEEWAY)
            return Identity(issuer=self._settings.issuer, subject=claims["sub"])
        except (JoseError, ValidationError) as error:
            raise Nonsense(f"an id token that is not for us: {type(error).__name__}") from None

    async def _verified(self, metadata: _Metadata, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, await self._trusted(metadata), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._keys = None  # signed with a newer key than those we have
        except (JoseError, ValueError) as error:
            raise Nonsense(f"an id token that cannot be verified: {type(error).__name__}") from None
        try:
            return jwt.decode(id_token, await self._trusted(metadata), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise Nonsense(f"an id token that cannot be verified: {type(error).__name__}") from None

    async def _trusted(self, metadata: _Metadata) -> KeySet:
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


def _basic(client_id: str, secret: SecretStr) -> str:
    pair = f"{quote(client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _refuse_downgrade(issuer: str, found: _Metadata) -> None:
    """A provider on https has nothing on http, whoever wrote what it says of itself."""
    scheme = urlsplit(issuer).scheme
    addresses = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    if any(urlsplit(address).scheme not in {scheme, "https"} for address in addresses):
        raise TurnedDown("the provider names an address without https")
