"""Decodes a picture, or stills of a video, and writes bare points: run as
`python -m integrations.media.recode`.

A process of its own, because what comes in is hostile and decoders have holes. It has no
environment, no file of ours and no more memory or time than below; what it answers is trusted for
nothing but points. In: the content, to the end of standard input. Out: `kind width height`, for a
video also `stills missed seconds`, a line end, and three bytes for each point. Ends with 0 or with
one of the numbers below.
"""

import ctypes
import io
import os
import resource
import signal
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Final

from integrations.media.kinds import Kind, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LARGEST_SIDE: Final = 1_600
MOST_PIXELS: Final = 50_000_000
MEMORY: Final = 768 * 1024 * 1024
"""Of addresses; 50 million points in colour with transparency are 200 MB, twice. A video of 4096 by
2304 needs 500 MB."""
CPU_S: Final = 15
FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
NOT_A_PICTURE: Final = 3
"""None of the formats."""
UNDECODABLE: Final = 4
"""Broken, or too large."""
SOUND: Final = 5
"""There is nothing to see in it."""
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def main() -> int:
    _confine()
    content = sys.stdin.buffer.read()
    kind = kind_of(content)
    if kind is Kind.SOUND:
        return SOUND
    return _film(content, kind) if kind.is_video else _picture(content)


def _picture(content: bytes) -> int:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        answer = _points(content)
    except UnidentifiedImageError:
        return NOT_A_PICTURE
    except Exception:  # noqa: BLE001  (whatever a decoder makes of hostile bytes)
        return UNDECODABLE
    return _said(answer)


def _film(content: bytes, kind: Kind) -> int:
    from integrations.media import stills

    for late in ("av.subtitles.stream", "PIL.ImageFile"):  # which are imported at their first use
        import_module(late)
    open_nothing_more()
    try:
        sheet = stills.sheet(content, kind)
    except stills.OnlySound:
        return SOUND
    except stills.NotOurs:
        return NOT_A_PICTURE
    except Exception:  # noqa: BLE001  (whatever a decoder makes of hostile bytes)
        return UNDECODABLE
    image, counts = sheet.image, f"{sheet.stills} {sheet.missed} {sheet.seconds}"
    return _said(f"{kind} {image.width} {image.height} {counts}\n".encode() + image.tobytes())


def _said(answer: bytes) -> int:
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


def _confine() -> None:
    """No more than this, whatever is in the picture; and gone when our parent is."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir("/")


def open_nothing_more() -> None:
    """No file, no socket: containers name others, and libav knows fifty ways to fetch."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _points(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        kind = str(opened.format).lower()
        opened.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
        opened.seek(0)
        opened.load()
        opened.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
        turned = ImageOps.exif_transpose(opened)
    shown = _on_white(turned)
    return f"{kind} {shown.width} {shown.height}\n".encode() + shown.tobytes()


def _on_white(image: "Picture") -> "Picture":
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
