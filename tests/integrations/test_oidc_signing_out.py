"""Signing out at a provider, and what it sends when somebody has signed out there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk, jwt
from pydantic import SecretStr

from casework.errors import Nonsense
from casework.identities import Identity, SignedOutThere
from tests.integrations.test_oidc import ANSWER, ASKED, BACK, ISSUER, KEY, NOW, Provider, signed

EVENT = "http://schemas.openid.net/event/backchannel-logout"
AT = int(NOW.timestamp())


def logout_token(key: Any = KEY, alg: str = "RS256", **changed: Any) -> str:
    sound = {
        "iss": ISSUER,
        "aud": "casework",
        "iat": AT,
        "exp": AT + 120,
        "jti": "j-1",
        "sub": "subject-7",
        "events": {EVENT: {}},
    }
    claims = {name: value for name, value in (sound | changed).items() if value is not ...}
    return jwt.encode({"alg": alg, "kid": "k1", "typ": "logout+jwt"}, claims, key, algorithms=[alg])


async def test_a_sound_logout_token_names_who_and_itself() -> None:
    said = await Provider().client().signed_out(logout_token())

    assert said == SignedOutThere(
        message_id="j-1", identity=Identity(issuer=ISSUER, subject="subject-7")
    )


async def test_one_for_several_clients_is_for_us_too() -> None:
    said = await Provider().client().signed_out(logout_token(aud=["another", "casework"]))

    assert said.message_id == "j-1"


@pytest.mark.parametrize(
    "token",
    [
        logout_token(iss="https://evil.test"),
        logout_token(aud="another"),
        logout_token(aud=[]),
        logout_token(exp=AT - 31),
        logout_token(exp=...),
        logout_token(iat=AT + 31),
        logout_token(iat=AT - 86_401),
        logout_token(iat=...),
        logout_token(iat=str(AT)),
        logout_token(jti=...),
        logout_token(jti=""),
        logout_token(jti="j" * 256),
        logout_token(sub=...),
        logout_token(sub=..., sid="a session of theirs"),
        logout_token(events=...),
        logout_token(events={}),
        logout_token(events={EVENT: True}),
        logout_token(events=[EVENT]),
        logout_token(nonce="n"),
        logout_token(jwk.RSAKey.generate_key(2048, {"kid": "k1"})),
        logout_token(jwk.OctKey.import_key("s" * 40), "HS256"),
        signed(),
        "",
        "a.b.c",
    ],
)
async def test_a_logout_token_with_anything_wrong_in_it_is_refused(token: str) -> None:
    with pytest.raises(Nonsense) as refused:
        await Provider().client().signed_out(token)

    assert "subject-7" not in str(refused.value)


async def test_the_way_out_shows_proof_and_says_where_to_come_back() -> None:
    provider = Provider(end_session_endpoint=f"{ISSUER}/sign-out?tenant=7")

    with_proof = await provider.client().way_out(SecretStr("an.id.token"), "state", BACK)
    without = await provider.client().way_out(None, "state", BACK)

    assert with_proof is not None
    assert without is not None
    said = {name: values[0] for name, values in parse_qs(urlsplit(with_proof).query).items()}
    assert said == {
        "tenant": "7",
        "client_id": "casework",
        "post_logout_redirect_uri": BACK,
        "state": "state",
        "id_token_hint": "an.id.token",
    }
    assert "id_token_hint" not in without


async def test_a_provider_without_a_way_out_has_none() -> None:
    assert await Provider().client().way_out(None, "state", BACK) is None


@pytest.mark.parametrize(
    ("claimed", "read"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        ([], set()),
        (..., set()),
        (["a", 7], set()),
        ({"a": True}, set()),
        (None, set()),
    ],
)
async def test_groups_are_read_as_told_or_not_at_all(claimed: Any, read: set[str]) -> None:
    told = await Provider(signed(groups=claimed)).client().identity(ASKED, ANSWER, BACK)

    assert told.groups == read


async def test_the_proof_is_shown_nowhere() -> None:
    token = signed(preferred_username="ann")

    told = await Provider(token).client().identity(ASKED, ANSWER, BACK)

    assert told.called == "ann"
    assert token not in repr(told)
    assert told.proof.get_secret_value() == token
