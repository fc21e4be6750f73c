"""Signs people in and out at an OpenID Connect provider: authorization code, PKCE, an id token
checked."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from pydantic import BaseModel, SecretStr, ValidationError

from casework.errors import Nonsense
from casework.identities import Answer, Identity, Question, SignedOutThere, Vouched
from integrations.http import Outbound, Request
from integrations.oidc.logout_token import LEEWAY, read
from integrations.oidc.provider import Metadata, Provider
from integrations.oidc.settings import OidcSettings


class _Tokens(BaseModel):
    id_token: str
    access_token: str | None = None


class Oidc:
    """Is a `gateway.ports.IdentityProvider`.

    Every question raises:
        Unavailable: the provider does not answer.
        TurnedDown: it refuses, as it does a code that was used before.
        Nonsense: what it answers is not OpenID Connect, not from it, or not for us.

    Source: OpenID Connect Core 1.0, 3.1; RP-Initiated Logout 1.0; Back-Channel Logout 1.0;
    RFC 7636; RFC 9207.
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
        self._provider = Provider(http, settings.issuer, clock)

    @property
    def name(self) -> str:
        return self._settings.name

    async def address(self, question: Question, back: str) -> str:
        """Where the browser is to go. It comes back to `back`."""
        metadata = await self._provider.about()
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

    async def identity(self, question: Question, answer: Answer, back: str) -> Vouched:
        """Who has signed in there, in answer to this question."""
        metadata = await self._provider.about()
        must_name = metadata.authorization_response_iss_parameter_supported
        if answer.issuer != metadata.issuer and (must_name or answer.issuer is not None):
            raise Nonsense("the answer is from another provider")
        tokens = await self._redeem(metadata, question, answer.code, back)
        return await self._checked(metadata, question, tokens)

    async def way_out(self, proof: SecretStr | None, state: str, back: str) -> str | None:
        """Where the browser is to go to sign out there too; None where the provider has no such
        place. It comes back to `back`, once the provider has `back` written down for us.

        Without the id token as proof, the provider asks whoever it is.
        """
        metadata = await self._provider.about()
        if metadata.end_session_endpoint is None:
            return None
        said = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": back,
            "state": state,
        }
        if proof is not None:
            said["id_token_hint"] = proof.get_secret_value()
        address: str = add_params_to_uri(metadata.end_session_endpoint, list(said.items()))
        return address

    async def signed_out(self, logout_token: str) -> SignedOutThere:
        """Whose session there is over, by the provider's own word."""
        metadata = await self._provider.about()
        token = await self._provider.verified(logout_token, "a logout token")
        said = read(token.claims, metadata.issuer, self._settings.client_id, self._clock())
        identity = Identity(issuer=self._settings.issuer, subject=said.sub)
        return SignedOutThere(message_id=said.jti, identity=identity)

    async def _redeem(
        self, metadata: Metadata, question: Question, code: str, back: str
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
        self, metadata: Metadata, form: dict[str, str], headers: dict[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """With what shows that it is us who asks (RFC 6749, 2.3.1)."""
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if secret is None:
            return form | {"client_id": client_id}, headers
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            return form, headers | {"Authorization": _basic(client_id, secret)}
        more = {"client_id": client_id, "client_secret": secret.get_secret_value()}
        return form | more, headers

    async def _checked(self, metadata: Metadata, question: Question, tokens: _Tokens) -> Vouched:
        token = await self._provider.verified(tokens.id_token, "an id token")
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
            claims.validate(int(self._clock().timestamp()), LEEWAY)
            identity = Identity(issuer=self._settings.issuer, subject=claims["sub"])
        except (JoseError, ValidationError) as error:
            raise Nonsense(f"an id token that is not for us: {type(error).__name__}") from None
        return Vouched(
            identity=identity,
            groups=_listed(claims.get(self._settings.groups_claim)),
            called=_text(claims.get(self._settings.name_claim)),
            proof=SecretStr(tokens.id_token),
        )


def _basic(client_id: str, secret: SecretStr) -> str:
    pair = f"{quote(client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _listed(claim: object) -> frozenset[str]:
    """A claim's values. One that is neither a text nor a list of texts says nothing at all."""
    values = [claim] if isinstance(claim, str) else claim
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return frozenset()
    return frozenset(values)


def _text(claim: object) -> str:
    return claim if isinstance(claim, str) else ""
