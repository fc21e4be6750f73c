"""Our signatures, compared with the reference implementation in both directions."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Unauthenticated
from integrations.webhooks.signing import WINDOW, SigningKeys

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = b'{"state":"applied"}'


def test_the_reference_accepts_what_we_sign() -> None:
    now = datetime.now(UTC)

    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=now)

    assert standardwebhooks.Webhook(SECRET).verify(BODY, headers) == {"state": "applied"}


@given(message_id=st.text("abc-_0", min_size=1), body=st.text().map(str.encode))
def test_we_accept_what_the_reference_signs(message_id: str, body: bytes) -> None:
    signature = standardwebhooks.Webhook(SECRET).sign(message_id, NOW, body.decode())
    headers = {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": signature,
    }

    assert SigningKeys([SECRET]).verify(headers, body, now=NOW) == message_id


def test_during_a_rotation_either_key_verifies() -> None:
    headers = SigningKeys([SECRET, OTHER]).sign("msg_1", BODY, at=NOW)

    for key in (SECRET, OTHER):
        assert SigningKeys([key]).verify(headers, BODY, now=NOW) == "msg_1"
    old_only = SigningKeys([OTHER]).sign("msg_1", BODY, at=NOW)
    assert SigningKeys([SECRET, OTHER]).verify(old_only, BODY, now=NOW) == "msg_1"


@pytest.mark.parametrize("drift", [-WINDOW, timedelta(), WINDOW])
def test_a_timestamp_within_the_window_is_accepted(drift: timedelta) -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW + drift)

    assert SigningKeys([SECRET]).verify(headers, BODY, now=NOW) == "msg_1"


@pytest.mark.parametrize("drift", [-WINDOW - timedelta(seconds=1), WINDOW + timedelta(seconds=1)])
def test_a_timestamp_outside_the_window_is_refused(drift: timedelta) -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW + drift)

    with pytest.raises(Unauthenticated):
        SigningKeys([SECRET]).verify(headers, BODY, now=NOW)


@pytest.mark.parametrize(
    "forged",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "NaN"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": "١"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,not base64"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v2," + base64.b64encode(b"x" * 32).decode()},
        {"webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()},
    ],
    ids=str,
)
def test_a_forged_header_is_refused(forged: dict[str, str]) -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW) | forged

    with pytest.raises(Unauthenticated):
        SigningKeys([SECRET]).verify(headers, BODY, now=NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW)
    del headers[missing]

    with pytest.raises(Unauthenticated):
        SigningKeys([SECRET]).verify(headers, BODY, now=NOW)


def test_another_body_or_another_endpoint_s_key_is_refused() -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW)

    with pytest.raises(Unauthenticated):
        SigningKeys([SECRET]).verify(headers, BODY + b" ", now=NOW)
    with pytest.raises(Unauthenticated):
        SigningKeys([OTHER]).verify(headers, BODY, now=NOW)


def test_a_genuine_signature_among_strangers_is_found() -> None:
    headers = SigningKeys([SECRET]).sign("msg_1", BODY, at=NOW)
    headers["webhook-signature"] = f"v1a,abc junk v1,!!! {headers['webhook-signature']}"

    assert SigningKeys([SECRET]).verify(headers, BODY, now=NOW) == "msg_1"


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"short").decode(), SECRET[6:]],
)
def test_a_key_of_the_wrong_kind_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ValueError, match="signing key") as told:
        SigningKeys([secret])

    told_of = secret.removeprefix("whsec_")
    assert not told_of or told_of not in str(told.value)


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        SigningKeys([])
