"""Serving an application over HTTP until told to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from casework.errors import Unavailable
from casework.started import leave_it_out_of_collections

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

_DRAIN_S = 2
"""How long open requests may take to finish; event streams never end by themselves."""


def _nothing() -> None: ...


async def listen(
    app: "FastAPI", host: str, port: int, at_the_end: Callable[[], None] = _nothing
) -> None:
    """Serve until SIGTERM or Ctrl-C; then no new requests, and a moment for those under way.

    `at_the_end` is called at that signal, for what would not end by itself.

    Raises:
        Unavailable: when it cannot listen there.
    """
    server = _server(app, host, port)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True
        at_the_end()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    leave_it_out_of_collections()
    try:
        await server.serve()
    except SystemExit:  # how uvicorn says that it could not listen, having logged why
        raise Unavailable(f"cannot listen on {host}:{port}") from None


def _server(app: "FastAPI", host: str, port: int) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to us: its own way ends the process by the signal it got."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    return Server(config)
