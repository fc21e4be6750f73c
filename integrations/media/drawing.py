"""Makes pictures anew: their points from a confined process, everything else from us."""

import asyncio
import io
import re
import sys
from datetime import timedelta
from typing import Final

import numpy as np
import pdqhash
from PIL import Image

from casework.errors import Unavailable
from casework.snapshots import CannotShow, NotShown, Pixels, Redrawn
from integrations.media import recode

PATIENCE: Final = timedelta(seconds=20)
_MODULE: Final = "integrations.media.recode"
_HEAD: Final = re.compile(rb"(jpeg|png|gif|webp) ([1-9][0-9]{0,3}) ([1-9][0-9]{0,3})\n")
_MOST_OUT: Final = 64 + 3 * recode.LARGEST_SIDE**2
_WORTH_KEEPING: Final = 50
"""PDQ's own quality, 0 to 100: below, the hash is of nearly nothing and fits too much.
Source: ThreatExchange, PDQ README, "Quality metric"."""
_PDQ_SIDE: Final = 512
"""PDQ looks at a blurred 64 by 64; more points only cost time."""


class Draughtsman:
    """Draws a picture from its points. Only so many at once, so that memory stays bounded."""

    def __init__(self, at_once: int = 2, patience: timedelta = PATIENCE) -> None:
        self._seats = asyncio.Semaphore(at_once)
        self._patience = patience.total_seconds()

    async def redrawn(self, content: bytes) -> Redrawn:
        async with self._seats:
            pixels = await self._pixels(content)
            return await asyncio.to_thread(_drawn, pixels)

    async def _pixels(self, content: bytes) -> Pixels:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-m", _MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )  # fmt: skip
        except OSError as error:
            raise Unavailable(f"no picture can be decoded: {type(error).__name__}") from None
        try:
            async with asyncio.timeout(self._patience):
                answer = await _talk(process, content)
                code = await process.wait()
        except TimeoutError:
            raise CannotShow(NotShown.UNDECODABLE) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _understood(code, answer)


async def _talk(process: asyncio.subprocess.Process, content: bytes) -> bytes:
    """Write and read at once; of what comes back no more than a picture may have."""
    assert process.stdin is not None
    assert process.stdout is not None
    writing = asyncio.create_task(_write(process.stdin, content))
    try:
        answer = bytearray()
        while len(answer) <= _MOST_OUT and (piece := await process.stdout.read(1 << 18)):
            answer += piece
        return bytes(answer)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _write(stdin: asyncio.StreamWriter, content: bytes) -> None:
    stdin.write(content)
    await stdin.drain()
    stdin.close()


def _understood(code: int, answer: bytes) -> Pixels:
    """Raises CannotShow: by the process's own word, or because its answer is not to be had."""
    if code == recode.NOT_A_PICTURE:
        raise CannotShow(NotShown.NOT_A_PICTURE)
    head = _HEAD.match(answer)
    if code or head is None:
        raise CannotShow(NotShown.UNDECODABLE)
    width, height, rgb = int(head[2]), int(head[3]), answer[head.end() :]
    too_wide = max(width, height) > recode.LARGEST_SIDE
    if too_wide or len(rgb) != 3 * width * height:
        raise CannotShow(NotShown.UNDECODABLE)
    return Pixels(kind=head[1].decode(), width=width, height=height, rgb=rgb)


def _drawn(pixels: Pixels) -> Redrawn:
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=88, subsampling=0)
    return Redrawn(
        kind=pixels.kind,
        width=pixels.width,
        height=pixels.height,
        jpeg=jpeg.getvalue(),
        sketch=_sketch(picture),
    )


def _sketch(picture: Image.Image) -> str | None:
    picture.thumbnail((_PDQ_SIDE, _PDQ_SIDE))
    bits, quality = pdqhash.compute(np.asarray(picture))
    return np.packbits(bits).tobytes().hex() if quality >= _WORTH_KEEPING else None
