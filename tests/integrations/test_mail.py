"""Mail: the same promises from the fake and over SMTP, and every way a relay can fail us."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casework.errors import TurnedDown, Unavailable
from integrations.inbox.simulator import running
from integrations.mail.client import Mail
from integrations.mail.fake import FakeMail
from tests.integrations.cases import ACCOUNT, statement
from tests.integrations.posts import Post, to_fake, to_inbox
from tests.integrations.relays import Relay, assert_tells_nothing, to_port

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
SOON = timedelta(milliseconds=300)


# -- what every mail channel promises ------------------------------------------------------------


@pytest.fixture(params=["fake", "smtp"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    if request.param == "fake":
        yield to_fake(FakeMail())
        return
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox:
        yield to_inbox(Mail(to_port(inbox.smtp_port)), tmp_path)


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
