"""The other side of the wire, as odd as it comes."""

import gzip
import json
from collections.abc import AsyncIterator, Callable

import httpx

from integrations.http import Limits, Outbound

Answer = Callable[[httpx.Request], httpx.Response]


def outbound_to(answer: Answer, limits: Limits | None = None) -> Outbound:
    """An Outbound whose every call is answered by a function."""
    return Outbound(limits, transport=httpx.MockTransport(answer))


def always(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


def fails_with(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def endless(piece: bytes, status: int = 200, **headers: str) -> Answer:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield piece

    return lambda _: httpx.Response(status, headers=headers, content=pieces())


ODD_BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n ",
    "html": b"<!doctype html><h1>Bad gateway</h1>",
    "truncated": b'{"id": "modr-1", "results": [',
    "bad utf-8": b'{"id": "\xff\xfe"}',
    "utf-16": json.dumps({"id": "modr-1"}).encode("utf-16"),
    "a bare NaN": b"NaN",
    "NaN within": b'{"score": NaN}',
    "minus infinity": b'{"score": -Infinity}',
    "overflowing number": b'{"score": 1e999}',
    "endless digits": b'{"score": ' + b"9" * 5_000 + b"}",
    "deep": b"[" * 40 + b"]" * 40,
    "very deep": b"[" * 200_000 + b"]" * 200_000,
    "the same key twice": b'{"score": 0.01, "score": 0.99}',
    "trailing text": b'{"score": 0.5} and more',
    "a comment": b'{"score": 0.5 /* sure */}',
    "a byte order mark": b'\xef\xbb\xbf{"score": 0.5}',
}

BOMB = gzip.compress(b'{"score": "' + b"0" * 100_000_000 + b'"}')
"""About 97 kB that unpack to 100 MB."""
