"""Mail: the same promises from the fake and over SMTP, and every way a relay can fail us."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
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
from casework.errors import TurnedDown, Unavailable
from casework.ports import NoticeChannel
from integrations.inbox.letters import Letters
from integrations.inbox.simulator import running
from integrations.mail.addresses import LONGEST_LOCAL_PART, account_of, local_part
from integrations.mail.client import Mail
from integrations.mail.fake import FakeMail
from integrations.mail.settings import MailSettings
from tests.integrations.cases import ACCOUNT, statement

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
SOON = timedelta(milliseconds=300)


# -- what every mail channel promises ------------------------------------------------------------


@dataclass
class Post:
    """A channel, and what the other end has by now: account, subject and body."""

    channel: NoticeChannel
    arrived: Callable[[], list[tuple[str | None, str, str]]]


@pytest.fixture(params=["fake", "smtp"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    if request.param == "fake":
        fake = FakeMail()
        yield Post(fake, lambda: [(one.account.id, one.subject, one.body) for one in fake.sent])
        return
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox:
        # Read from its files: what is not there would not outlive a restart.
        yield Post(
            Mail(to_port(inbox.smtp_port)),
            lambda: [
                (one.account, one.subject, one.body)
                for one in reversed(Letters(tmp_path).newest_first())
            ],
        )


def to_port(port: int, *, scheme: str = "smtp", login: str = "", **more: object) -> MailSettings:
    return MailSettings.model_validate({"smtp_url": f"{scheme}://{login}127.0.0.1:{port}", **more})


async def test_a_notice_arrives_at_its_account(post: Post) -> None:
    await post.channel.send(statement(subject="About your message", body="Good day,\n\nwe …\n"))

    assert post.channel.name == "email"
    assert post.arrived() == [(ACCOUNT.id, "About your message", "Good day,\n\nwe …\n")]


async def test_a_notice_sent_twice_is_seen_once(post: Post) -> None:
    await post.channel.send(statement())
    await post.channel.send(statement())

    assert len(post.arrived()) == 1


async def test_two_notices_are_two_even_with_the_same_words(post: Post) -> None:
    await post.channel.send(statement(notice_id="n-1"))
    await post.channel.send(statement(notice_id="n-2"))

    assert len(post.arrived()) == 2


async def test_twenty_notices_at_once_all_arrive(post: Post) -> None:
    notices = [statement(notice_id=f"n-{number}", subject=f"No {number}") for number in range(20)]

    await asyncio.gather(*(post.channel.send(notice) for notice in notices))

    assert sorted(post.arrived()) == sorted((ACCOUNT.id, n.subject, n.body) for n in notices)


@pytest.mark.parametrize(
    "text",
    [
        ".\n..\n.dot first\n\n.\n",
        "From here on\nFrom: me\n",
        "Übergrößenträger, 注意, ⚠️\n",
        "a" * 5_000 + "\n",
        "=3D =\n =20\n",
        "\n\nonly the middle\n\n\n",
        "tab\tand trailing blanks   \n",
    ],
)
async def test_a_text_arrives_as_it_was_written(post: Post, text: str) -> None:
    await post.channel.send(statement(body=text))

    [(_, _, body)] = post.arrived()
    assert body == text


async def test_a_fake_fails_as_often_as_it_was_told_and_then_works() -> None:
    fake = FakeMail(fails_first=[Unavailable("not now")])

    with pytest.raises(Unavailable):
        await fake.send(statement())
    await fake.send(statement())

    assert fake.attempts == ["n-1", "n-1"]
    assert len(fake.sent) == 1


# -- what is on the wire -------------------------------------------------------------------------


@dataclass
class Relay:
    """An SMTP server that says what it is told to say, and remembers what it heard.

    `answers` are by command (`GREETING`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `.`, `QUIT`); an empty one
    hangs up, None says nothing ever.
    """

    answers: Mapping[str, str | None] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._say("GREETING", "220 here", reader, writer):
                await self._converse(reader, writer)
        except ConnectionError:
            self.heard.append("(cut off)")
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().strip():
            self.heard.append(line)
            verb = line.split()[0].upper()
            usual = {"DATA": "354 go", "EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 yes"}
            if not await self._say(verb, usual.get(verb, "250 yes"), reader, writer):
                return
            if verb == "DATA" and not self.answers.get("DATA"):
                await self._take(reader)
                if not await self._say(".", "250 taken", reader, writer):
                    return

    async def _take(self, reader: asyncio.StreamReader) -> None:
        raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        text = raw.replace(b"\r\n..", b"\r\n.")
        self.mails.append(
            email.message_from_bytes(text, _class=EmailMessage, policy=policy.default)
        )

    async def _say(
        self, verb: str, usual: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        answer = self.answers.get(verb, usual)
        if answer is None:
            await reader.read()
        if not answer:
            return False
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return True


async def test_the_envelope_and_the_headers_are_those_of_the_settings() -> None:
    async with Relay().open() as relay:
        mail = Mail(
            to_port(relay.port, mail_from="Trust & Safety <notices@town.example>"),
            clock=lambda: NOW,
        )
        await mail.send(statement(notice_id="n-" + "0" * 32))

    [sent] = relay.mails
    assert "EHLO town.example" in relay.heard
    assert any(line.startswith("MAIL FROM:<notices@town.example>") for line in relay.heard)
    assert "RCPT TO:<acct_0042@accounts.example>" in relay.heard
    assert sent["Message-ID"] == f"<n-{'0' * 32}@town.example>"
    assert sent["From"] == "Trust & Safety <notices@town.example>"
    assert sent["To"] == "acct_0042@accounts.example"
    assert sent["Date"].datetime == NOW
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content_charset() == "utf-8"


async def test_the_same_notice_has_the_same_message_id_and_another_has_another() -> None:
    odd = "n-" + "é" * 90
    async with Relay().open() as relay:
        mail = Mail(to_port(relay.port, mail_from=f"n@{'long-' * 11}name.{'x' * 60}.example"))
        for notice_id in ("n-1", "n-1", "n-2", odd, odd, odd + "é", "n 2\r\nBcc: a@b.example"):
            await mail.send(statement(notice_id=notice_id))

    ids = [str(sent["Message-ID"]) for sent in relay.mails]
    assert ids[0] == ids[1]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 5
    assert all(one.isascii() and " " not in one and one.endswith(".example>") for one in ids)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\u2029", "\0"])
async def test_a_subject_adds_no_header_and_no_text(end: str) -> None:
    async with Relay().open() as relay:
        subject = f"Your item{end}Bcc: x@evil.example{end}{end}Hello"
        await Mail(to_port(relay.port)).send(statement(subject=subject))

    [sent] = relay.mails
    assert sent["Subject"] == "Your item Bcc: x@evil.example Hello"
    assert sent["Bcc"] is None
    assert sent.get_content().startswith("Good day,")
    assert [line for line in relay.heard if line.startswith("RCPT")] == [
        "RCPT TO:<acct_0042@accounts.example>"
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "a" * 900,
        "a" * 2_000,
        "ab " * 300,
        "ü" * 300,
        "⚠️ 注意 " * 40,
        "=?utf-8?q?=41?=",
        '"quoted" <a@b.example>, (c)',
    ],
)
async def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    async with Relay().open() as relay:
        await Mail(to_port(relay.port)).send(statement(subject=subject))

    [sent] = relay.mails
    assert sent["Subject"] == subject.strip()
    assert all(len(line) <= 998 for line in sent.as_string().splitlines())


async def test_control_characters_are_left_out_of_the_text() -> None:
    async with Relay().open() as relay:
        await Mail(to_port(relay.port)).send(statement(body="a\0b\x1b[31mc\td\r\ne\rf\n"))

    [sent] = relay.mails
    assert sent.get_content().splitlines() == ["ab[31mc\td", "e", "f"]


async def test_nothing_on_the_wire_needs_more_than_seven_bits() -> None:
    async with Relay().open() as relay:
        await Mail(to_port(relay.port)).send(statement(subject="ü", body="ü 注意\n"))

    [sent] = relay.mails
    assert sent.as_bytes().isascii()


# -- how it fails --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": ""},
        {"GREETING": "421 too busy"},
        {"GREETING": "554 no mail from you"},
        {"GREETING": "not SMTP at all"},
        {"EHLO": "", "HELO": ""},
        {"EHLO": "550 who are you", "HELO": "550 who are you"},
        {"MAIL": "451 later"},
        {"MAIL": "530 authentication required"},
        {"RCPT": "421 shutting down"},
        {"RCPT": "450 greylisted"},
        {"RCPT": ""},
        {"DATA": "452 full"},
        {".": "451 later"},
        {".": ""},
        {".": "garbage"},
    ],
    ids=str,
)
async def test_a_relay_in_trouble_is_worth_another_try(answers: Mapping[str, str]) -> None:
    async with Relay(answers).open() as relay:
        with pytest.raises(Unavailable) as told:
            await Mail(to_port(relay.port)).send(statement())

    assert_tells_nothing(told.value)


@pytest.mark.parametrize(
    "answers",
    [
        {"MAIL": "552 too large"},
        {"RCPT": "550 no such mailbox acct_0042"},
        {"RCPT": "553 not allowed"},
        {"DATA": "554 no valid recipients"},
        {".": "554 that looks like spam: Good day"},
    ],
    ids=str,
)
async def test_a_mail_that_is_refused_is_turned_down(answers: Mapping[str, str]) -> None:
    async with Relay(answers).open() as relay:
        with pytest.raises(TurnedDown) as told:
            await Mail(to_port(relay.port)).send(statement())

    assert_tells_nothing(told.value)


@pytest.mark.parametrize("silent", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_a_relay_that_falls_silent_is_left_within_the_deadline(silent: str) -> None:
    loop = asyncio.get_running_loop()
    async with Relay({silent: None}).open() as relay:
        began = loop.time()
        with pytest.raises(Unavailable) as told:
            await Mail(to_port(relay.port, mail_deadline=SOON)).send(statement())

    assert loop.time() - began < 5
    assert_tells_nothing(told.value)


async def test_a_relay_that_is_not_there_is_worth_another_try() -> None:
    async with Relay().open() as relay:
        pass

    with pytest.raises(Unavailable):
        await Mail(to_port(relay.port)).send(statement())


@pytest.mark.parametrize("goodbye", ["", "500 what", None])
async def test_a_mail_that_was_taken_is_sent_however_the_relay_says_goodbye(
    goodbye: str | None,
) -> None:
    async with Relay({"QUIT": goodbye}).open() as relay:
        await Mail(to_port(relay.port)).send(statement())

    assert len(relay.mails) == 1


async def test_a_mail_whose_answer_was_lost_is_sent_again_as_the_same_mail() -> None:
    async with Relay({".": ""}).open() as relay:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await Mail(to_port(relay.port)).send(statement())

    first, second = relay.mails
    assert first["Message-ID"] == second["Message-ID"]


def assert_tells_nothing(error: Exception) -> None:
    assert "127.0.0.1" in str(error)
    for secret in (ACCOUNT.id, "accounts.example", "Good day", "removed"):
        assert secret not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


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
