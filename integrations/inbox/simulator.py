"""Runs the inbox: mail on one port, HTTP on another, in one process."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from casework.errors import Unavailable
from integrations.inbox.app import build
from integrations.inbox.faults import Doors
from integrations.inbox.letters import Letters
from integrations.inbox.mailroom import Mailroom
from integrations.inbox.pages import Pages
from integrations.inbox.post_office import PostOffice
from integrations.webhooks.signing import SigningKeys

_DRAIN_S = 1
"""How long open requests may take to finish; a hanging one never does."""

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Inbox:
    """A running inbox, and where it listens."""

    def __init__(self, server: uvicorn.Server, port: int, smtp_port: int) -> None:
        self._server = server
        self._serving = asyncio.create_task(server.serve())
        self.port = port
        self.smtp_port = smtp_port

    def stop(self) -> None:
        self._server.should_exit = True

    async def until_stopped(self) -> None:
        await asyncio.shield(self._serving)


async def serve(host: str, port: int, smtp_port: int, folder: Path, secret: str | None) -> None:
    """Take in mails and notices until cancelled or told to stop by SIGTERM or SIGINT.

    Everything is kept in subfolders of `folder` (`mail`, `notices`, `pages`, `slack`) and is there
    again after a restart. With a `secret` (`whsec_...`, or several parted by spaces) a notice that
    it did not sign is refused with 401. A port of 0 takes any that is free.

    Raises:
        Unavailable: when a port is taken.
        ValueError: for a secret that is none.
    """
    loop = asyncio.get_running_loop()
    async with running(host, port, smtp_port, folder, secret) as inbox:
        for number in _STOPS:
            loop.add_signal_handler(number, inbox.stop)
        try:
            await inbox.until_stopped()
        finally:
            for number in _STOPS:
                loop.remove_signal_handler(number)


@asynccontextmanager
async def running(
    host: str, port: int, smtp_port: int, folder: Path, secret: str | None
) -> AsyncIterator[Inbox]:
    """The same for a caller with something else to do."""
    # aiosmtpd logs every command, and with it every account.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    keys = SigningKeys(secret.split()) if secret else None
    mailroom = Mailroom(Letters(folder), Pages(folder), Doors(), keys, lambda: datetime.now(UTC))
    office = PostOffice(mailroom.letters, mailroom.doors.smtp, mailroom.clock)
    with _listening(host, port) as http, _listening(host, smtp_port) as smtp:
        post = await asyncio.get_running_loop().create_server(office.clerk, sock=smtp)
        inbox = Inbox(_Server(_config(mailroom), http), _port(http), _port(smtp))
        try:
            yield inbox
        finally:
            post.close()
            office.hang_up()
            inbox.stop()
            await inbox.until_stopped()


class _Server(uvicorn.Server):
    """Leaves signals to us: its own way ends the process by the signal it got."""

    def __init__(self, config: uvicorn.Config, bound: socket.socket) -> None:
        super().__init__(config)
        self._bound = bound

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets or [self._bound])


def _config(mailroom: Mailroom) -> uvicorn.Config:
    return uvicorn.Config(
        build(mailroom),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_DRAIN_S,
    )


def _listening(host: str, port: int) -> socket.socket:
    # Made by hand to name the protocol: asyncio sends small answers at once only on sockets that
    # say TCP, and those of `socket.create_server` do not. That cost 44 ms a call.
    bound = socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise Unavailable(f"cannot listen on port {port}: {error.strerror}") from None
    return bound


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _port(bound: socket.socket) -> int:
    port: int = bound.getsockname()[1]
    return port
