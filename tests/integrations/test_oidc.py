"""A provider that answers what it should not: nothing of it is believed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt
from pydantic import SecretStr

from casework.errors import CaseworkError, Nonsense, TurnedDown, Unavailable
from casework.identities import Answer, Identity, Question
from integrations.http import Outbound
from integrations.oidc.client import Oidc
from integrations.oidc.settings import OidcSettings

ISSUER = "https://id.test"
BACK = "https://casework.test/back"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ASKED = Question(state="state", nonce="nonce", verifier="v" * 43)
ANSWER = Answer(code="code")
KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
SECRET = "s" * 40


def claims(**changed: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    sound = {
        "iss": ISSUER,
        "sub": "subject-7",
        "aud": "casework",
        "iat": at,
        "exp": at + 300,
        "nonce": "nonce",
    }
    return {name: value for name, value in (sound | changed).items() if value is not ...}


def signed(alg: str = "RS256", key: Any = KEY, **changed: Any) -> str:
    header = {"alg": alg, "kid": "k1"}
    return jwt.encode(header, claims(**changed), key, algorithms=[alg])


def by_hand(alg: str, key: bytes = b"") -> str:
    """As no library would make one: without a signature, or keyed with what everybody knows."""
    said = ".".join(_plain(json.dumps(part).encode()) for part in ({"alg": alg}, claims()))
    seal = hmac.digest(key, said.encode(), hashlib.sha256) if key else b""
    return f"{said}.{_plain(seal)}"


def _plain(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


class Provider:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, id_token: str = "", **about: Any) -> None:
        self.id_token = id_token
        self.redeemed: list[httpx.Request] = []
        self.asked_for_keys = 0
        self.keys: Any = {"keys": [KEY.as_dict(private=False)]}
        self.about = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=7",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        } | about

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=self.about)
            case "/keys":
                self.asked_for_keys += 1
                return httpx.Response(200, json=self.keys)
        self.redeemed.append(request)
        return httpx.Response(200, json={"id_token": self.id_token, "token_type": "Bearer"})

    def client(self, secret: str | None = SECRET) -> Oidc:
        http = Outbound(transport=httpx.MockTransport(self))
        settings = OidcSettings(
            issuer=f"{ISSUER}/",
            client_id="casework",
            client_secret=SecretStr(secret) if secret else None,
        )
        return Oidc(http, settings, lambda: NOW)

    async def tells(self) -> Identity:
        return (await self.client().identity(ASKED, ANSWER, BACK)).identity


async def test_a_sound_token_names_its_subject() -> None:
    assert await Provider(signed()).tells() == Identity(issuer=ISSUER, subject="subject-7")


@pytest.mark.parametrize(
    "token",
    [
        signed(iss="https://evil.test"),
        signed(iss=...),
        signed(aud="another"),
        signed(aud=...),
        signed(aud="another", azp="casework"),
        signed(aud=["casework", "another"], azp="another"),
        signed(exp=int(NOW.timestamp()) - 31),
        signed(exp=...),
        signed(iat=int(NOW.timestamp()) + 3_600),
        signed(nbf=int(NOW.timestamp()) + 3_600),
        signed(nonce="of another question"),
        signed(nonce=...),
        signed(sub=...),
        signed(sub=""),
        signed(sub="s" * 256),
        signed(sub=7),
        signed(key=jwk.RSAKey.generate_key(2048, {"kid": "k1"})),
        signed("HS256", jwk.OctKey.import_key(SECRET)),
        by_hand("HS256", KEY.as_pem(private=False)),
        by_hand("none"),
        "",
        "a.b.c",
        "not a token",
    ],
)
async def test_a_token_with_anything_wrong_in_it_is_refused(token: str) -> None:
    with pytest.raises(Nonsense) as refused:
        await Provider(token).tells()

    assert "subject-7" not in str(refused.value)


async def test_a_clock_that_differs_a_little_does_no_harm() -> None:
    at = int(NOW.timestamp())

    assert (await Provider(signed(iat=at + 20)).tells()).subject == "subject-7"
    assert (await Provider(signed(exp=at - 20)).tells()).subject == "subject-7"


@pytest.mark.parametrize(
    "keys",
    [{}, {"keys": []}, {"keys": "none"}, {"keys": [{"kty": "RSA"}]}, {"keys": [{"kty": "odd"}]}],
)
async def test_keys_that_are_none_are_refused(keys: Any) -> None:
    provider = Provider(signed())
    provider.keys = keys

    with pytest.raises(Nonsense):
        await provider.tells()


async def test_an_unknown_key_is_asked_for_once_and_a_known_one_not_again() -> None:
    provider = Provider(signed())
    oidc = provider.client()
    await oidc.identity(ASKED, ANSWER, BACK)
    await oidc.identity(ASKED, ANSWER, BACK)
    known = provider.asked_for_keys
    provider.id_token = jwt.encode({"alg": "RS256", "kid": "k2"}, claims(), KEY)

    with pytest.raises(Nonsense):
        await oidc.identity(ASKED, ANSWER, BACK)

    assert (known, provider.asked_for_keys) == (1, 2)


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://id.test/token"},
        {"jwks_uri": "http://id.test/keys"},
        {"end_session_endpoint": "http://id.test/sign-out"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
)
async def test_a_provider_that_says_odd_things_of_itself_is_not_asked(
    about: dict[str, Any],
) -> None:
    provider = Provider(signed(), **about)

    with pytest.raises((Nonsense, TurnedDown)):
        await provider.client().address(ASKED, BACK)
    with pytest.raises((Nonsense, TurnedDown)):
        await provider.tells()

    assert provider.redeemed == []


async def test_the_browser_is_sent_with_a_challenge_and_never_with_the_verifier() -> None:
    address = await Provider().client().address(ASKED, BACK)

    said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert said["tenant"] == "7"
    assert (said["response_type"], said["scope"]) == ("code", "openid")
    assert (said["state"], said["nonce"], said["redirect_uri"]) == ("state", "nonce", BACK)
    assert said["code_challenge_method"] == "S256"
    assert ASKED.verifier not in address
    assert SECRET not in address


@pytest.mark.parametrize(
    ("secret", "methods", "basic", "in_body"),
    [
        (SECRET, ["client_secret_basic", "client_secret_post"], True, False),
        (SECRET, ["client_secret_post"], False, True),
        (None, ["none"], False, False),
    ],
)
async def test_how_we_show_who_we_are(
    secret: str | None, methods: list[str], basic: bool, in_body: bool
) -> None:
    provider = Provider(signed(), token_endpoint_auth_methods_supported=methods)

    await provider.client(secret).identity(ASKED, ANSWER, BACK)

    [asked] = provider.redeemed
    body = parse_qs(asked.content.decode())
    assert asked.headers.get("authorization", "").startswith("Basic") is basic
    assert ("client_secret" in body) is in_body
    assert body["code_verifier"] == [ASKED.verifier]


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), TurnedDown),
        (httpx.Response(503), Unavailable),
        (httpx.Response(302, headers={"location": "http://127.0.0.1/"}), TurnedDown),
        (httpx.Response(200, text="<html>"), Nonsense),
        (httpx.Response(200, json={"access_token": "x"}), Nonsense),
        (httpx.Response(201, json={"id_token": signed()}), Nonsense),
    ],
)
async def test_whatever_else_the_provider_answers_is_an_error_of_ours(
    answer: httpx.Response, raised: type[CaseworkError]
) -> None:
    provider = Provider()

    def says(request: httpx.Request) -> httpx.Response:
        return answer if request.url.path == "/token" else provider(request)

    settings = OidcSettings(issuer=ISSUER, client_id="casework")
    oidc = Oidc(Outbound(transport=httpx.MockTransport(says)), settings, lambda: NOW)

    with pytest.raises(raised):
        await oidc.identity(ASKED, ANSWER, BACK)


async def test_what_a_provider_says_of_itself_is_asked_again_after_an_hour() -> None:
    provider, at = Provider(signed()), [NOW]
    http = Outbound(transport=httpx.MockTransport(provider))
    oidc = Oidc(http, OidcSettings(issuer=ISSUER, client_id="casework"), lambda: at[0])
    await oidc.address(ASKED, BACK)
    provider.about["authorization_endpoint"] = f"{ISSUER}/elsewhere"

    still = await oidc.address(ASKED, BACK)
    at[0] += timedelta(hours=1)
    then = await oidc.address(ASKED, BACK)

    assert still.startswith(f"{ISSUER}/authorize")
    assert then.startswith(f"{ISSUER}/elsewhere")
