"""A mail relay that says what it is told to say."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

from integrations.mail.settings import MailSettings
from tests.integrations.cases import ACCOUNT


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


def to_port(port: int, *, scheme: str = "smtp", login: str = "", **more: object) -> MailSettings:
    return MailSettings.model_validate({"smtp_url": f"{scheme}://{login}127.0.0.1:{port}", **more})


def assert_tells_nothing(error: Exception) -> None:
    assert "127.0.0.1" in str(error)
    for secret in (ACCOUNT.id, "accounts.example", "Good day", "removed"):
        assert secret not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__
