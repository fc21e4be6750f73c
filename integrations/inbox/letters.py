"""What accounts were told, by mail and by webhook."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, computed_field

from casework.base import Model, Moment
from casework.detection import AccountRef
from casework.errors import Nonsense
from integrations.inbox.files import Files, name_for
from integrations.mail.addresses import account_of, local_part

APPEAL_LINK: Final = re.compile(
    r"https?://[^\s<>\"]{1,500}/appeals/[A-Za-z0-9._~-]{0,500}[A-Za-z0-9_~-]"
)
"""As the gateway makes them; a full stop after one ends the sentence and is not part of it."""

_AT = "X-Received-At"
_TO = "X-Envelope-To"

Via = Literal["email", "webhook"]


class Notice(BaseModel):
    """What the notice webhook brings. More fields than these may come."""

    notice_id: str
    decision_id: str
    case_id: str
    kind: str
    account: AccountRef
    subject: str
    body: str
    appeal_within: str | None


class Letter(Model):
    """`account` is None when the mail's address does not spell it out."""

    id: str
    via: Via
    account: str | None
    to: str = ""
    notice_id: str
    decision_id: str | None = None
    case_id: str | None = None
    kind: str
    subject: str
    body: str
    appeal_within: str | None = None
    received_at: Moment

    @computed_field  # type: ignore[prop-decorator]
    @property
    def appeal_url(self) -> str | None:
        found = APPEAL_LINK.search(self.body)
        return found[0] if found else None

    def is_for(self, account_id: str) -> bool:
        spelled = self.to.rpartition("@")[0]
        return account_id == self.account or (spelled != "" and spelled == local_part(account_id))


class _KeptNotice(Model):
    received_at: Moment
    notice: Notice


class Letters:
    """Keeps each letter once: a mail by its Message-ID, a notice by its id."""

    def __init__(self, folder: Path) -> None:
        self._mails = Files(folder / "mail", ".eml")
        self._notices = Files(folder / "notices", ".json")
        self._kept = dict(self._mails.read(_mail)) | dict(self._notices.read(_notice))

    def take_mail(self, content: bytes, to: str, at: datetime) -> None:
        """Raises Nonsense for something that cannot be read as a mail."""
        received = f"{_AT}: {at.isoformat()}\r\n{_TO}: {to}\r\n".encode("ascii", "replace")
        name = name_for(f"mail/{_message_id(content)}")
        letter = _mail(name, received + content)
        if name not in self._kept:
            self._mails.put(name, received + content)
            self._kept[name] = letter

    def take_notice(self, notice: Notice, at: datetime) -> None:
        name = name_for(f"notice/{notice.notice_id}")
        if name not in self._kept:
            content = _KeptNotice(received_at=at, notice=notice).model_dump_json().encode()
            self._notices.put(name, content)
            self._kept[name] = _notice(name, content)

    def newest_first(
        self, *, account: str = "", kind: str = "", via: Via | None = None
    ) -> list[Letter]:
        """All, or those to one account, of one kind, that came one way."""
        wanted = [
            letter
            for letter in self._kept.values()
            if (not account or letter.is_for(account))
            and kind in ("", letter.kind)
            and via in (None, letter.via)
        ]
        return sorted(wanted, key=lambda letter: letter.received_at, reverse=True)


def _message_id(content: bytes) -> str:
    """The header as it stands, or the whole mail in place of one that has none."""
    head = content.partition(b"\r\n\r\n")[0]
    found = re.search(rb"^message-id:\s*(\S+)", head, re.IGNORECASE | re.MULTILINE)
    return (found[1] if found else content).decode("latin-1")


def _mail(name: str, content: bytes) -> Letter:
    try:
        mail = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        to = parseaddr(str(mail[_TO]))[1]
        return Letter(
            id=name,
            via="email",
            account=account_of(to.rpartition("@")[0]),
            to=to,
            notice_id=str(mail.get("Casework-Notice", "")),
            kind=str(mail.get("Casework-Kind", "")),
            subject=str(mail.get("Subject", "")),
            body=_text_of(mail),
            received_at=datetime.fromisoformat(str(mail[_AT])),
        )
    # The standard library answers odd headers and charsets with any of these.
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise Nonsense(f"a mail that cannot be read: {type(error).__name__}") from None


def _text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    return str(text).replace("\r\n", "\n")


def _notice(name: str, content: bytes) -> Letter:
    kept = _KeptNotice.model_validate_json(content)
    notice = kept.notice
    return Letter(
        id=name,
        via="webhook",
        account=notice.account.id,
        received_at=kept.received_at,
        **notice.model_dump(exclude={"account"}),
    )
