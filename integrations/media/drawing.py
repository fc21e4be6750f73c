"""Makes pictures anew, and of a video a sheet of stills: the points from a confined process,
everything else from us."""

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
from casework.snapshots import CannotShow, NotShown, Pixels, Redrawn, Stills
from integrations.media import recode

PATIENCE: Final = timedelta(seconds=40)
"""For `recode.CPU_S` of work on a machine that has others to do."""
_MODULE: Final = "integrations.media.recode"
_SIZE: Final = rb"([1-9][0-9]{0,3}) ([1-9][0-9]{0,3})"
_PICTURE: Final = re.compile(rb"(jpeg|png|gif|webp) %b\n" % _SIZE)
_VIDEO: Final = re.compile(
    rb"(mp4|mov|webm|mkv) %b ([1-9]|1[0-2]) ([0-9]|1[01]) ([1-9][0-9]{0,4})\n" % _SIZE
)
_REFUSALS: Final = {
    recode.NOT_A_PICTURE: NotShown.NOT_A_PICTURE,
    recode.SOUND: NotShown.SOUND,
}
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
    if code in _REFUSALS:
        raise CannotShow(_REFUSALS[code])
    head = _VIDEO.match(answer) or _PICTURE.match(answer)
    if code or head is None:
        raise CannotShow(NotShown.UNDECODABLE)
    width, height, rgb = int(head[2]), int(head[3]), answer[head.end() :]
    too_wide = max(width, height) > recode.LARGEST_SIDE
    if too_wide or len(rgb) != 3 * width * height:
        raise CannotShow(NotShown.UNDECODABLE)
    kind, stills = head[1].decode(), _stills(head)
    return Pixels(kind=kind, width=width, height=height, rgb=rgb, stills=stills)


def _stills(head: re.Match[bytes]) -> Stills | None:
    if head.re is _PICTURE:
        return None
    shown, missed, seconds = (int(each) for each in head.groups()[3:])
    return Stills(shown=shown, missed=missed, seconds=seconds)


def _drawn(pixels: Pixels) -> Redrawn:
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=88, subsampling=0)
    return Redrawn(
        kind=pixels.kind,
        width=pixels.width,
        height=pixels.height,
        jpeg=jpeg.getvalue(),
        sketch=None if pixels.stills else _sketch(picture),
        stills=pixels.stills,
    )


def _sketch(picture: Image.Image) -> str | None:
    """Of pictures alone: sheets are like each other in nothing but being sheets."""
    picture.thumbnail((_PDQ_SIDE, _PDQ_SIDE))
    bits, quality = pdqhash.compute(np.asarray(picture))
    return np.packbits(bits).tobytes().hex() if quality >= _WORTH_KEEPING else None
