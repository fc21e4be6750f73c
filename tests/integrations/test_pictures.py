"""Pictures are made anew from their points; whatever else was in the file is gone, or nothing is
shown."""

import io
import os
import random
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from casework.snapshots import CannotShow, NotShown
from integrations.media.drawing import Draughtsman
from integrations.media.recode import LARGEST_SIDE, MEMORY
from storage.sketches import distance

SCRIPT = b"<script>alert('CANARY')</script>"


def picture(width: int = 640, height: int = 480) -> Image.Image:
    drawn = Image.effect_noise((24, 18), 90).resize((width, height)).convert("RGB")
    ImageDraw.Draw(drawn).rectangle((width // 8, height // 8, width // 2, height // 2), fill="red")
    return drawn


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, rows: int) -> bytes:
    """A PNG that says it is so large, with so many rows of black in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b"\0" * (width * 3 + 1)) for _ in range(rows)) + packer.flush()
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def gif_of_many(frames: int) -> bytes:
    first, *rest = (Image.new("P", (64, 64), number % 255) for number in range(frames))
    return encoded(first, "GIF", save_all=True, append_images=rest)


@pytest.fixture
def draughtsman() -> Draughtsman:
    return Draughtsman()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_the_usual_formats_are_drawn_as_jpeg(draughtsman: Draughtsman, kind: str) -> None:
    drawn = await draughtsman.redrawn(encoded(picture(), kind))

    shown = Image.open(io.BytesIO(drawn.jpeg))
    assert (drawn.kind, drawn.width, drawn.height) == (kind.lower(), 640, 480)
    assert (shown.format, shown.size) == ("JPEG", (640, 480))


async def test_a_large_picture_is_shown_smaller(draughtsman: Draughtsman) -> None:
    drawn = await draughtsman.redrawn(encoded(picture(3_200, 800), "JPEG"))

    assert (drawn.width, drawn.height) == (LARGEST_SIDE, 400)


async def test_what_was_written_beside_the_picture_is_gone(draughtsman: Draughtsman) -> None:
    about, places = PngInfo(), Image.Exif()
    about.add_text("Comment", SCRIPT.decode())
    places[0x010E] = "CANARY in the description"
    content = encoded(picture(), "PNG", pnginfo=about, exif=places)

    drawn = await draughtsman.redrawn(content)

    assert b"CANARY" in content
    assert b"CANARY" not in drawn.jpeg
    assert dict(Image.open(io.BytesIO(drawn.jpeg)).getexif()) == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
async def test_of_two_files_in_one_only_the_picture_is_left(
    draughtsman: Draughtsman, kind: str
) -> None:
    both = encoded(picture(), kind) + SCRIPT + b"PK\x03\x04%PDF-1.7"

    drawn = await draughtsman.redrawn(both)

    assert SCRIPT not in drawn.jpeg
    assert b"%PDF" not in drawn.jpeg


async def test_a_turned_picture_is_turned_upright(draughtsman: Draughtsman) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6

    drawn = await draughtsman.redrawn(encoded(picture(), "JPEG", exif=turned))

    assert (drawn.width, drawn.height) == (480, 640)


async def test_what_is_seen_through_is_shown_on_white(draughtsman: Draughtsman) -> None:
    drawn = await draughtsman.redrawn(encoded(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), "PNG"))

    assert Image.open(io.BytesIO(drawn.jpeg)).getpixel((30, 30)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html>" + SCRIPT,
        b"%PDF-1.7\n",
        b"\x00\x00\x00\x18ftypmp42" + b"\0" * 200,
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"BM" + b"\0" * 100,
        b"GIF8",
        b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(5_000),
        b"#define x_width 16\n#define x_height 16\nstatic char x_bits[] = {0};",
    ],
    ids=["empty", "svg", "html", "pdf", "mp4", "wav", "eps", "bmp", "half a head", "noise", "xbm"],
)
async def test_what_is_no_picture_is_not_drawn(draughtsman: Draughtsman, content: bytes) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(content)

    assert refused.value.why in (NotShown.NOT_A_PICTURE, NotShown.UNDECODABLE, NotShown.SOUND)


@pytest.mark.parametrize(
    "content",
    [
        png_of(30_000, 30_000, 0),
        png_of(20_000, 20_000, 2_000),
        png_of(2_147_483_647, 2_147_483_647, 0),
        encoded(picture(), "JPEG")[:9_000],
        encoded(picture(), "PNG")[:9_000],
        encoded(picture(), "WEBP")[:3_000],
        b"\x89PNG\r\n\x1a\n" + b"x" * 500,
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
        + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"A" * 80_000_000))
        + chunk(b"IEND", b""),
    ],
    ids=[
        "pixel bomb", "decompression bomb", "overflowing sizes", "half a jpeg", "half a png",
        "half a webp", "broken chunks", "a bomb in a comment",
    ],
)  # fmt: skip
async def test_a_bomb_or_a_broken_file_is_undecodable(
    draughtsman: Draughtsman, content: bytes
) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(content)

    assert refused.value.why is NotShown.UNDECODABLE


async def test_our_own_memory_does_not_grow_with_a_bomb(draughtsman: Draughtsman) -> None:
    bomb = png_of(20_000, 20_000, 3_000)
    before = _resident()

    for _ in range(3):
        with pytest.raises(CannotShow):
            await draughtsman.redrawn(bomb)

    assert MEMORY < 1024**3
    assert _resident() - before < 64 * 1024**2


async def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    hasty = Draughtsman(patience=timedelta(milliseconds=1))

    with pytest.raises(CannotShow) as refused:
        await hasty.redrawn(encoded(picture(2_000, 2_000), "PNG"))

    assert refused.value.why is NotShown.UNDECODABLE


async def test_only_the_first_of_moving_pictures_is_drawn(draughtsman: Draughtsman) -> None:
    drawn = await draughtsman.redrawn(gif_of_many(300))

    assert (drawn.kind, drawn.width) == ("gif", 64)


async def test_a_changed_picture_stays_like_itself_and_another_does_not(
    draughtsman: Draughtsman,
) -> None:
    seen = picture()
    one = await draughtsman.redrawn(encoded(seen, "PNG"))
    again = await draughtsman.redrawn(encoded(seen.resize((320, 240)), "JPEG", quality=40))
    other = await draughtsman.redrawn(encoded(seen.rotate(90, expand=True), "PNG"))

    assert one.sketch
    assert again.sketch
    assert other.sketch
    assert distance(one.sketch, again.sketch) <= 31 < distance(one.sketch, other.sketch)


async def test_a_picture_of_nearly_nothing_is_like_no_other(draughtsman: Draughtsman) -> None:
    drawn = await draughtsman.redrawn(encoded(Image.new("RGB", (300, 300), "grey"), "PNG"))

    assert drawn.sketch is None


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
