"""Mail: whom a relay has to be to get a password, and how an account becomes an address."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.detection import AccountRef
from casework.errors import Unavailable
from integrations.mail.addresses import LONGEST_LOCAL_PART, account_of, local_part
from integrations.mail.client import Mail
from integrations.mail.settings import MailSettings
from tests.integrations.cases import statement
from tests.integrations.relays import Relay, assert_tells_nothing, to_port

# -- who is at the other end ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def speaking_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def test_a_password_goes_to_a_relay_that_proves_who_it_is(certificate: Path) -> None:
    async with Relay().open(speaking_tls(certificate)) as relay:
        settings = to_port(
            relay.port, scheme="smtps", login="casework:p%40ss@", mail_ca_file=certificate
        )
        await Mail(settings).send(statement())

    assert len(relay.mails) == 1
    assert "AUTH PLAIN AGNhc2V3b3JrAHBAc3M=" in relay.heard


async def test_a_relay_that_cannot_prove_who_it_is_hears_nothing(certificate: Path) -> None:
    async with Relay().open(speaking_tls(certificate)) as relay:
        with pytest.raises(Unavailable) as told:
            await Mail(to_port(relay.port, scheme="smtps", login="casework:pass@")).send(
                statement()
            )

    assert relay.heard == []
    assert_tells_nothing(told.value)


async def test_a_password_is_not_sent_in_the_clear() -> None:
    async with Relay().open() as relay:
        with pytest.raises(Unavailable):
            await Mail(to_port(relay.port, login="casework:pass@")).send(statement())

    assert not [line for line in relay.heard if line.startswith("AUTH")]


async def test_a_login_that_is_refused_is_ours_to_mend_and_loses_no_notice(
    certificate: Path,
) -> None:
    async with Relay({"AUTH": "535 wrong password"}).open(speaking_tls(certificate)) as relay:
        settings = to_port(
            relay.port, scheme="smtps", login="casework:secret@", mail_ca_file=certificate
        )
        with pytest.raises(Unavailable) as told:
            await Mail(settings).send(statement())

    assert "secret" not in str(told.value)
    assert_tells_nothing(told.value)


# -- addresses and settings ----------------------------------------------------------------------

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@given(account_id=IDS, room=st.integers(56, LONGEST_LOCAL_PART))
def test_any_account_has_a_short_plain_local_part(account_id: str, room: int) -> None:
    spelled = local_part(account_id, room=room)

    assert 0 < len(spelled) <= room
    assert set(spelled) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-=")
    assert not spelled.startswith("-")
    assert account_of(spelled) in (account_id, None)


@given(one=IDS, other=IDS)
def test_two_accounts_never_share_an_address_even_if_capitals_do_not_count(
    one: str, other: str
) -> None:
    same = local_part(one).casefold() == local_part(other).casefold()

    assert same == (one == other)


@pytest.mark.parametrize(
    ("account_id", "spelled"),
    [
        ("acct_0042", "acct_0042"),
        ("a-b", "a-b"),
        ("-rf", "=2drf"),
        ("Ann", "=41nn"),
        ("ann", "ann"),
        ("a.b", "a=2eb"),
        ("did:plc:x@y", "did=3aplc=3ax=40y"),
        ("ä", "=c3=a4"),
        ('a"> SIZE=1\r\nRCPT', "a=22=3e=20=53=49=5a=45=3d1=0d=0a=52=43=50=54"),
    ],
)
def test_an_account_is_spelled_out_where_it_fits(account_id: str, spelled: str) -> None:
    assert local_part(account_id) == spelled
    assert account_of(spelled) == account_id


def test_an_account_that_does_not_fit_is_a_digest_that_spells_nothing() -> None:
    spelled = local_part("x" * 65)

    assert spelled.startswith("=h")
    assert account_of(spelled) is None
    assert local_part("x" * 64) == "x" * 64


async def test_an_account_with_an_address_for_an_id_is_still_one_recipient() -> None:
    account = AccountRef(id="a@b.example>,<c@d.example")
    async with Relay().open() as relay:
        await Mail(to_port(relay.port, mail_to_pattern="user+{account}@relay.example")).send(
            statement(account=account)
        )

    [sent] = relay.mails
    assert sent["To"] == "user+a=40b=2eexample=3e=2c=3cc=40d=2eexample@relay.example"
    assert len(sent["To"].addresses) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://sesame@relay.example"},
        {"smtp_url": "smtp://"},
        {"smtp_url": "smtp://relay.example:sesame"},
        {"smtp_url": "smtp://relay.example:99999"},
        {"smtp_url": "smtps://user:sesame/1@relay.example"},
        {"smtp_url": "smtps://sesame@relay.example"},
        {"smtp_url": "smtp://relay.example/sesame"},
        {"mail_from": "nobody"},
        {"mail_from": "a@b.example, c@d.example"},
        {"mail_from": "Casework\r\nBcc: x@evil.example <no-reply@casework.example>"},
        {"mail_to_pattern": "everybody@accounts.example"},
        {"mail_to_pattern": "{account}"},
        {"mail_to_pattern": "a@{account}.example"},
        {"mail_to_pattern": "{account}{account}@accounts.example"},
        {"mail_to_pattern": "{account}>@accounts.example"},
        {"mail_to_pattern": "{account.__class__}@accounts.example"},
        {"mail_to_pattern": "much-too-long-{account}@accounts.example"},
    ],
    ids=str,
)
def test_settings_that_reach_nobody_are_refused_without_being_quoted(wrong: object) -> None:
    with pytest.raises(ValidationError) as told:
        MailSettings.model_validate(wrong)

    assert "sesame" not in str(told.value)


def test_a_relay_keeps_its_password_to_itself() -> None:
    settings = to_port(465, scheme="smtps", login="casework:sesame@")

    assert "sesame" not in repr(settings)
    assert "sesame" not in repr(settings.relay)
    assert settings.relay.password is not None
    assert settings.relay.password.get_secret_value() == "sesame"
    assert MailSettings.model_validate({"smtp_url": "smtps://r.example"}).relay.port == 465
