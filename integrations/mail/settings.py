"""The relay, the sender, and how an account is reached."""

import re
from datetime import timedelta
from email.headerregistry import Address
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.base import Model
from integrations.mail.addresses import LONGEST_LOCAL_PART, ROOM_NEEDED, local_part

_ACCOUNT = "{account}"
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*", re.IGNORECASE
)
_LOCAL = re.compile(r"[A-Za-z0-9_=+-]+(?:\.[A-Za-z0-9_=+-]+)*")
_PORTS = {"smtp": 25, "smtps": 465}


class Relay(Model):
    """A mail server that takes our mail. `tls` is from the first byte on."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: SecretStr | None = None


def _relay(address: SecretStr) -> SecretStr:
    relay_at(address)
    return address


def _sender(text: str) -> str:
    sender_of(text)
    return text


def _pattern(pattern: str) -> str:
    local, _, domain = pattern.rpartition("@")
    if pattern.count(_ACCOUNT) != 1 or _ACCOUNT not in local:
        raise ValueError("a pattern has {account} once, before the @")
    if not _LOCAL.fullmatch(local.replace(_ACCOUNT, "a")) or not _DOMAIN.fullmatch(domain):
        raise ValueError("a pattern is an address such as {account}@relay.example.com")
    if LONGEST_LOCAL_PART - len(local) + len(_ACCOUNT) < ROOM_NEEDED:
        raise ValueError("there is too little room beside {account}")
    return pattern


class MailSettings(BaseSettings):
    """`smtp_url` is `smtp://host:port` or `smtps://user:password@host:port`, what is special in a
    user or password written as `%40`. Over `smtp://` STARTTLS is used if the relay offers it, and
    demanded if there is a password. Certificates are always verified, against `mail_ca_file` in
    place of the usual authorities if it is given. `mail_deadline` is for one notice, in all.
    """

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    smtp_url: Annotated[SecretStr, AfterValidator(_relay)] = SecretStr("smtp://127.0.0.1:1025")
    mail_from: Annotated[str, AfterValidator(_sender)] = "Casework <no-reply@casework.example>"
    mail_to_pattern: Annotated[str, AfterValidator(_pattern)] = "{account}@accounts.example"
    mail_deadline: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(minutes=5))] = timedelta(
        seconds=20
    )
    mail_ca_file: Path | None = None

    @property
    def relay(self) -> Relay:
        return relay_at(self.smtp_url)

    @property
    def sender(self) -> Address:
        return sender_of(self.mail_from)

    def recipient(self, account_id: str) -> str:
        """The account's address; see `local_part` for what becomes of the id."""
        beside = len(self.mail_to_pattern.rpartition("@")[0]) - len(_ACCOUNT)
        spelled = local_part(account_id, room=LONGEST_LOCAL_PART - beside)
        return self.mail_to_pattern.replace(_ACCOUNT, spelled)


def relay_at(address: SecretStr) -> Relay:
    """Raises ValueError, quoting nothing: there may be a password in it."""
    parts = urlsplit(address.get_secret_value())
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("a relay is smtp://host:port or smtps://user:password@host:port")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("a relay's address ends with its port; write / ? # as %2F %3F %23")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("a relay has both a user and a password, or neither")
    return Relay(
        host=parts.hostname,
        port=_port(parts),
        tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=SecretStr(unquote(parts.password)) if parts.password else None,
    )


def sender_of(text: str) -> Address:
    """Raises ValueError when it is not one address, with a name or without."""
    found = getaddresses([text]) if text.isprintable() else []
    name, spec = found[0] if len(found) == 1 else ("", "")
    local, _, domain = spec.rpartition("@")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError("a sender is an address such as Casework <no-reply@example.com>")
    return Address(display_name=name, username=local, domain=domain)


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        raise ValueError("a port is a number from 1 to 65535") from None
    return port or _PORTS[parts.scheme]
