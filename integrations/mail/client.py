"""One mail per notice, handed to a relay."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from casework.errors import TurnedDown, Unavailable
from casework.records import Statement
from integrations.mail.settings import MailSettings

_AS_MAIL = policy.SMTP.clone(cte_type="7bit")
"""Seven bits go everywhere; a relay need not speak 8BITMIME or SMTPUTF8."""

_LEAVE_WITHIN_S: Final = 1.0
_FINAL: Final = 500
_ABOUT_US: Final = frozenset({530, 534, 535, 538})
"""What a relay answers to a sender it wants to know better (RFC 4954, 6). That is a setting to
mend; the notice is as good as before."""


class Mail:
    """The channel `email`.

    Sending a notice again sends the same Message-ID again. Nothing else keeps a relay from taking
    a mail twice whose acceptance got lost on the way to us.
    """

    def __init__(
        self, settings: MailSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        return "email"

    async def send(self, statement: Statement) -> None:
        """Hand the notice to the relay, as plain text.

        Raises:
            Unavailable: no connection, no login, a certificate that does not fit, no complete
                answer within the deadline, or a 4xx.
            TurnedDown: a 5xx about this mail.
        """
        to = self._settings.recipient(statement.account.id)
        content = self._written(statement, to).as_bytes()
        relay, client = self._settings.relay, self._client()
        try:
            async with (
                _as_our_errors(relay.host),
                asyncio.timeout(self._settings.mail_deadline.total_seconds()),
            ):
                await client.connect()
                with _refusals(relay.host):
                    await client.sendmail(self._settings.sender.addr_spec, [to], content)
            await _take_leave(client)
        finally:
            client.close()

    def _client(self) -> SMTP:
        relay, ca_file = self._settings.relay, self._settings.mail_ca_file
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user,
            password=relay.password.get_secret_value() if relay.password else None,
            use_tls=relay.tls,
            start_tls=_start_tls(tls=relay.tls, login=relay.user),
            cert_bundle=str(ca_file) if ca_file else None,
            # The machine's own name is nobody's business, and looking it up can take long.
            local_hostname=self._settings.sender.domain,
            timeout=self._settings.mail_deadline.total_seconds(),
        )

    def _written(self, statement: Statement, to: str) -> EmailMessage:
        mail = EmailMessage(policy=_AS_MAIL)
        mail["From"] = self._settings.sender
        mail["To"] = to
        mail.set_raw("Subject", _encoded(_in_one_line(statement.subject)))
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = message_id(statement.notice_id, self._settings.sender.domain)
        # Keeps out-of-office replies away (RFC 3834, 5).
        mail["Auto-Submitted"] = "auto-generated"
        mail["Casework-Notice"] = _word(statement.notice_id)
        mail["Casework-Kind"] = statement.kind.value
        mail.set_content(_readable(statement.body), charset="utf-8")
        return mail


def message_id(notice_id: str, domain: str) -> str:
    """The same for the same notice, and for no other."""
    return f"<{_word(notice_id)}@{domain}>"


def _word(notice_id: str) -> str:
    """Our ids stand for themselves. A dot occurs in none of them, so a digest looks like none."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", notice_id):
        return notice_id
    return "h." + sha256(notice_id.encode()).hexdigest()[:38]


def _in_one_line(text: str) -> str:
    """Without anything that could end a header line and begin another."""
    ends = {"Cc", "Zl", "Zp"}
    return " ".join("".join(" " if unicodedata.category(c) in ends else c for c in text).split())


def _encoded(subject: str) -> str:
    """As encoded words of at most 75 characters, if it needs any.

    Not left to EmailMessage: Python 3.11's loses a blank wherever it breaks such a line.
    """
    if subject.isascii() and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _readable(text: str) -> str:
    """Without control characters, which mail does not carry, except tabs and line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc")


def _start_tls(*, tls: bool, login: str | None) -> bool | None:
    """None takes it if it is offered. A password is not shown to whoever listens."""
    if tls:
        return False
    return True if login else None


async def _take_leave(client: SMTP) -> None:
    """The relay has the mail by now, so however this ends, it was sent."""
    try:
        async with asyncio.timeout(_LEAVE_WITHIN_S):
            await client.quit()
    except (SMTPException, OSError):
        return


@asynccontextmanager
async def _as_our_errors(host: str) -> AsyncIterator[None]:
    """Causes are cut off: they quote addresses and what the relay said about them."""
    try:
        yield
    except TimeoutError:
        raise Unavailable(f"{host} gave no complete answer in time") from None
    except (SMTPException, OSError) as error:
        raise Unavailable(f"{host} is not taking mail: {type(error).__name__}") from None


@contextmanager
def _refusals(host: str) -> Iterator[None]:
    try:
        yield
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        code = error.code if isinstance(error, SMTPResponseException) else error.recipients[0].code
        if code < _FINAL or code in _ABOUT_US:
            raise Unavailable(f"{host} answered {code}") from None
        raise TurnedDown(f"{host} answered {code}") from None
