"""Reads a body of unknown size from a stranger without ever holding more than is allowed."""

import zlib
from collections.abc import AsyncIterable
from typing import Protocol

from casework.errors import Nonsense


class _Decoder(Protocol):
    def take(self, chunk: bytes, room: int) -> bytes:
        """Decode at most `room` bytes and never more, whatever the chunk expands to."""

    def finish(self) -> None:
        """Raises Nonsense when the encoded stream stopped before its end."""


class _Identity:
    def take(self, chunk: bytes, room: int) -> bytes:
        return chunk[:room]

    def finish(self) -> None:
        return None


class _Gunzip:
    """Asks zlib for a bounded piece: a bomb is found before it is unpacked, not after."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)  # 16: with a gzip header

    def take(self, chunk: bytes, room: int) -> bytes:
        try:
            return self._zlib.decompress(chunk, room)
        except zlib.error:
            raise Nonsense("a body that does not decompress") from None

    def finish(self) -> None:
        if not self._zlib.eof or self._zlib.unused_data:
            raise Nonsense("a compressed body that stops early or goes on after its end")


async def read_capped(chunks: AsyncIterable[bytes], *, encoding: str, cap: int) -> bytes:
    """The decoded body.

    Raises:
        Nonsense: when it is larger than `cap` bytes once decompressed, is truncated, or is encoded
            in a way other than gzip. The rest is then left unread.
    """
    decoder = _decoder(encoding)
    body = bytearray()
    async for chunk in chunks:
        # One byte more than allowed is enough to know.
        body += decoder.take(chunk, cap + 1 - len(body))
        if len(body) > cap:
            raise Nonsense(f"a body of more than {cap} bytes")
    decoder.finish()
    return bytes(body)


def _decoder(encoding: str) -> _Decoder:
    if encoding in ("", "identity"):
        return _Identity()
    if encoding == "gzip":
        return _Gunzip()
    raise Nonsense("a body in an encoding nobody asked for")
