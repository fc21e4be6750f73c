"""Around every answer: what browsers are told, what is counted, and what nobody foresaw."""

import time

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.metrics import Metrics
from gateway.problems import answer
from gateway.unforeseen import reported

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_NOBODY_THERE = 499
"""Counted when the caller left before there was an answer; nginx's number for it."""
_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: then browsers send forms of ours with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Surroundings:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, is_https: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = _ALWAYS | (_HTTPS_ONLY if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sending = _Sending(send, self._headers)
        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            # Nobody is there to be answered; what was stored stays, and is safe to repeat.
            return
        except Exception as error:  # noqa: BLE001  (the last door: what nobody foresaw ends here)
            said = reported(error)
            if sending.status is not None:
                raise ConnectionAbortedError(said.detail) from None
            await answer(said)(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            status = sending.status or _NOBODY_THERE
            self._metrics.answered(method, route, status, time.perf_counter() - started)


class _Sending:
    """Sends on, with our headers where the answer has none of its own."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)
