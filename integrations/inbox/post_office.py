"""The SMTP side: takes every mail for everybody."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from casework.errors import Nonsense
from integrations.inbox.faults import SmtpFault
from integrations.inbox.letters import Letters
from integrations.simulation import Faults

LARGEST_MAIL = 1024 * 1024


class PostOffice:
    """Gives every connection a clerk, or hangs up on it while `smtp` is `down`."""

    def __init__(
        self, letters: Letters, faults: Faults[SmtpFault], clock: Callable[[], datetime]
    ) -> None:
        self._desk = _Desk(letters, faults, clock)
        self._faults = faults
        self._open: set[asyncio.BaseTransport] = set()

    def clerk(self) -> asyncio.BaseProtocol:
        if self._faults.current.mode == SmtpFault.DOWN:
            self._faults.take()
            return _HangingUp()
        return _Clerk(self._desk, self._open)

    def hang_up(self) -> None:
        """End every conversation: a server that closes waits for them."""
        for connection in list(self._open):
            connection.close()


class _HangingUp(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Clerk(SMTP):
    def __init__(self, desk: "_Desk", open_: set[asyncio.BaseTransport]) -> None:
        # Names are given because they would be looked up otherwise, which can take seconds.
        super().__init__(
            desk,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="inbox.invalid",
            ident="Casework inbox",
            loop=asyncio.get_running_loop(),
        )
        self._open = open_
        self._mine: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = transport
        self._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._mine is not None:
            self._open.discard(self._mine)
        super().connection_lost(error)


class _Desk:
    """What aiosmtpd calls, by these names."""

    def __init__(
        self, letters: Letters, faults: Faults[SmtpFault], clock: Callable[[], datetime]
    ) -> None:
        self._letters = letters
        self._faults = faults
        self._clock = clock

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        fault = self._faults.take()
        if fault is SmtpFault.TEMPFAIL:
            return "451 4.3.0 try again later"
        if fault is SmtpFault.REJECT:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content: Any = envelope.original_content
        try:
            self._letters.take_mail(content, envelope.rcpt_tos[0], self._clock())
        except Nonsense:
            return "554 5.6.0 that is no mail"
        return "250 OK"
