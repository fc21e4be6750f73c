"""A video becomes one sheet of stills, without sound; or nothing of it is shown."""

import io
import struct
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from casework.snapshots import CannotShow, NotShown, Stills
from integrations.media import recode, stills
from integrations.media.drawing import Draughtsman
from integrations.media.kinds import Kind, kind_of
from integrations.media.stills import LEAST_COST, USUAL, Limits, Unreadable
from tests.integrations.films import (
    TALL,
    WIDE,
    film,
    growing,
    levels,
    only_sound,
    sound_with_a_cover,
    with_a_broken_frame,
)

SCRIPT = b"<script>alert('CANARY')</script>"
FRAGMENTS = "frag_keyframe+empty_moov"


@pytest.fixture
def draughtsman() -> Draughtsman:
    return Draughtsman()


def encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + name + body


def changed(content: bytes, name: bytes, at: int, new: bytes) -> bytes:
    """With other bytes in the first box of this name, so far behind its name."""
    place = content.index(name) + len(name) + at
    return content[:place] + new + content[place + len(new) :]


@pytest.mark.parametrize(
    ("container", "codec", "kind"),
    [
        ("mp4", "libx264", "mp4"), ("mp4", "libx265", "mp4"), ("mp4", "mpeg4", "mp4"),
        ("mov", "libx264", "mov"), ("webm", "libvpx", "webm"), ("webm", "libvpx-vp9", "webm"),
        ("matroska", "libx264", "mkv"),
    ],
)  # fmt: skip
async def test_the_usual_videos_become_twelve_stills_in_their_order(
    draughtsman: Draughtsman, container: str, codec: str, kind: str
) -> None:
    drawn = await draughtsman.redrawn(film(container=container, codec=codec))

    shades = levels(drawn.jpeg, 12)
    assert (drawn.kind, drawn.stills) == (kind, Stills(shown=12, seconds=2))
    assert Image.open(io.BytesIO(drawn.jpeg)).format == "JPEG"
    assert all(10 < later - earlier < 30 for earlier, later in pairwise(shades))
    assert drawn.sketch is None


async def test_nothing_is_heard_of_a_video_with_sound(draughtsman: Draughtsman) -> None:
    silent, heard = film(), film(sound="aac")

    drawn = [await draughtsman.redrawn(each) for each in (silent, heard)]

    assert len(heard) > 3 * len(silent)
    assert drawn[0] == drawn[1]


async def test_stills_are_spread_over_all_of_a_long_video_with_few_keyframes(
    draughtsman: Draughtsman,
) -> None:
    drawn = await draughtsman.redrawn(film(2_400, keyframes=1_200))

    shades = levels(drawn.jpeg, 12)
    assert drawn.stills == Stills(shown=12, seconds=100)
    assert (shades[0] < 30, shades[-1] > 225, shades == sorted(shades)) == (True, True, True)


def test_what_lies_too_deep_behind_a_keyframe_is_shown_by_an_earlier_frame() -> None:
    """Of 480 frames behind one keyframe, ten may be decoded for each still."""
    deep = film(480, codec="mpeg4", keyframes=600)

    drawn = stills.sheet(deep, Kind.MP4, Limits(points_to_a_still=10 * LEAST_COST))

    shades = levels(encoded(drawn.image), 12)
    assert (drawn.stills, drawn.missed, drawn.seconds) == (12, 0, 20)
    assert shades == sorted(shades)
    assert shades[-1] < 100


@pytest.mark.parametrize("frames", [1, 3, 5])
async def test_a_video_of_few_frames_has_as_many_stills(
    draughtsman: Draughtsman, frames: int
) -> None:
    drawn = await draughtsman.redrawn(film(frames))

    assert drawn.stills == Stills(shown=frames, seconds=1)


@pytest.mark.parametrize(
    "content",
    [film(120, container="webm", codec="libvpx", live="1"), film(120, movflags=FRAGMENTS)],
    ids=["webm", "fragments"],
)
async def test_one_that_does_not_say_how_long_it_is_is_counted(
    draughtsman: Draughtsman, content: bytes
) -> None:
    drawn = await draughtsman.redrawn(content)

    assert drawn.stills == Stills(shown=12, seconds=5)


async def test_one_that_says_it_is_shorter_is_shown_to_its_end(draughtsman: Draughtsman) -> None:
    shorter = changed(film(240), b"mvhd", 16, struct.pack(">I", 1))

    drawn = await draughtsman.redrawn(shorter)

    assert drawn.stills == Stills(shown=12, seconds=10)
    assert levels(drawn.jpeg, 12)[-1] > 225


async def test_a_turned_video_is_turned_upright(draughtsman: Draughtsman) -> None:
    """The red corner, above and left, goes above and right."""
    drawn = await draughtsman.redrawn(film(1, turned=-90))

    still = Image.open(io.BytesIO(drawn.jpeg))
    red = np.asarray(still)[:, :, 0]
    assert still.size == (48, 64)
    assert red[4:12, 30:44].min() > 150
    assert red[4:12, 4:18].max() < 100


async def test_no_side_of_a_sheet_is_too_long(draughtsman: Draughtsman) -> None:
    tall, wide = film(size=(270, 960)), film(size=(1_920, 240))

    drawn = [await draughtsman.redrawn(each) for each in (tall, wide)]

    assert [max(each.width, each.height) <= recode.LARGEST_SIDE for each in drawn] == [True, True]


async def test_of_two_files_in_one_only_the_stills_are_left(draughtsman: Draughtsman) -> None:
    video = film()
    both = video + box(b"free", SCRIPT) + SCRIPT + b"PK\x03\x04%PDF-1.7"

    drawn = await draughtsman.redrawn(both)

    assert both.count(b"CANARY") == 2
    assert b"CANARY" not in drawn.jpeg


async def test_a_cover_is_no_video(draughtsman: Draughtsman) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(sound_with_a_cover())

    assert refused.value.why is NotShown.SOUND


@pytest.mark.parametrize(
    "content",
    [
        only_sound("ipod", "aac"), only_sound("mp3", "libmp3lame"), only_sound("adts", "aac"),
        only_sound("wav", "pcm_s16le"), only_sound("flac", "flac"), b"OggS" + b"\0" * 100,
        only_sound("mp4", "aac"), only_sound("matroska", "aac"), b"#!AMR\n" + b"\0" * 100,
    ],
    ids=["m4a", "mp3", "aac", "wav", "flac", "ogg", "mp4", "mka", "amr"],
)  # fmt: skip
async def test_sound_is_told_from_all_else(draughtsman: Draughtsman, content: bytes) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(content)

    assert refused.value.why is NotShown.SOUND


@pytest.mark.parametrize(
    "content",
    [
        film(container="mov", codec="mjpeg"),
        film(container="matroska", codec="mpeg2video"),
        film(container="avi", codec="mpeg4"),
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x18ftypheic" + b"\0" * 100,
    ],
    ids=["mjpeg", "mpeg 2", "avi", "hls", "concat", "heic"],
)
async def test_a_kind_we_do_not_draw_is_not_drawn(draughtsman: Draughtsman, content: bytes) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(content)

    assert refused.value.why is NotShown.NOT_A_PICTURE


def many_frames(frames: int) -> bytes:
    """Has so many of one byte each, by tables of twenty bytes."""
    content = changed(film(240), b"stsz", 4, struct.pack(">II", 1, frames))
    content = changed(content, b"stts", 8, struct.pack(">II", frames, 1))
    return changed(content, b"stsc", 8, struct.pack(">III", 1, frames, 1)) + bytes(USUAL.frames)


def nested(deep: int) -> bytes:
    inner = b""
    for _ in range(deep):
        inner = box(b"moov", inner)
    return box(b"ftyp", b"isom\0\0\0\0isom") + inner


def as_large_as(width: int, height: int) -> bytes:
    """VP8, whose every keyframe says how large it is (RFC 6386, section 9.1)."""
    content = film(container="webm", codec="libvpx")
    mark, size = b"\x9d\x01\x2a", struct.pack("<HH", WIDE, TALL)
    assert mark + size in content
    return content.replace(mark + size, mark + struct.pack("<HH", width, height))


def said_to_be_as_large_as(side: int) -> bytes:
    """By its container alone."""
    content = film(container="matroska", codec="libvpx-vp9", size=(256, 256))
    widths, height = (b"\xb0\x82" + struct.pack(">H", each) for each in (256, side)), b"\xba\x82"
    was, now = widths
    return content.replace(was, now).replace(height + b"\x01\0", height + struct.pack(">H", side))


BROKEN = {
    "nothing but its name": b"\0\0\0\x18ftypmp42" + b"\0" * 200,
    "without its head": film()[: film().index(b"moov")],
    "half a webm head": film(container="webm", codec="libvpx")[:200],
    "noise behind a name": b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40,
    "boxes without end": nested(20_000),
    "a box of 16 exabytes": b"\0\0\0\x01ftypisom" + b"\xff" * 8 + b"\0" * 100,
    "ten million frames": many_frames(10_000_000),
    "four billion frames": many_frames(0xFFFF_FFF0),
    "more frames than we count": many_frames(USUAL.frames + 10_000),
    "longer than we look at": film(3, rate=Fraction(2, USUAL.seconds)),
    "16383 by 16383": as_large_as(16_383, 16_383),
    "noise for frames": changed(film(), b"mdat", 0, bytes(range(256)) * 8),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
async def test_a_broken_or_lying_video_is_undecodable(
    draughtsman: Draughtsman, content: bytes
) -> None:
    with pytest.raises(CannotShow) as refused:
        await draughtsman.redrawn(content)

    assert refused.value.why is NotShown.UNDECODABLE


async def test_broken_frames_on_the_way_are_counted_and_told(draughtsman: Draughtsman) -> None:
    """VP8 without its keyframes' marks from the middle on: nothing there can be decoded."""
    content = film(240, container="webm", codec="libvpx")
    half = len(content) // 2
    spoilt = content[:half] + content[half:].replace(b"\x9d\x01\x2a", b"\0\0\0")

    drawn = await draughtsman.redrawn(spoilt)

    assert drawn.stills is not None
    assert drawn.stills.seconds == 10
    assert drawn.stills.shown + drawn.stills.missed == 12
    assert 0 < drawn.stills.missed < 12


async def test_a_size_that_changes_on_the_way_stays_within_its_place(
    draughtsman: Draughtsman,
) -> None:
    drawn = await draughtsman.redrawn(growing((512, 384)))

    assert drawn.stills == Stills(shown=12, seconds=1)
    assert (levels(drawn.jpeg, 12)[0] < 30, levels(drawn.jpeg, 12)[-1] > 225) == (True, True)
    assert max(drawn.width, drawn.height) <= recode.LARGEST_SIDE


async def test_a_size_that_only_the_container_says_is_not_believed(
    draughtsman: Draughtsman,
) -> None:
    drawn = await draughtsman.redrawn(said_to_be_as_large_as(30_000))

    assert drawn.stills == Stills(shown=12, seconds=2)
    assert (drawn.width, drawn.height) == (4 * 256 + 18, 3 * 256 + 12)


async def test_what_comes_after_one_broken_frame_is_seen(draughtsman: Draughtsman) -> None:
    whole = film(240, container="webm", codec="libvpx", keyframes=999)

    drawn = await draughtsman.redrawn(with_a_broken_frame(whole, 60))

    assert drawn.stills == Stills(shown=12, seconds=10)
    assert levels(drawn.jpeg, 12)[-1] > 225


@pytest.mark.parametrize(
    "limits",
    [Limits(frames=47), Limits(seconds=1), Limits(points_of_a_frame=WIDE * TALL - 1)],
    ids=["frames", "seconds", "points"],
)
def test_one_that_is_more_than_we_look_at_is_refused(limits: Limits) -> None:
    content = film(48)

    stills.sheet(content, Kind.MP4)
    with pytest.raises((Unreadable, ValueError)):
        stills.sheet(content, Kind.MP4, limits)


def test_what_grows_beyond_that_on_the_way_is_not_decoded() -> None:
    drawn = stills.sheet(growing((512, 384)), Kind.WEBM, Limits(points_of_a_frame=WIDE * TALL))

    assert (drawn.stills, drawn.missed) == (6, 6)


@pytest.mark.parametrize("reach", ["open('/dev/null')", "_socket.socket()"])
def test_whatever_decodes_a_video_can_open_neither_file_nor_socket(reach: str) -> None:
    """A decoder of ours in place of the real one tries it."""
    talked_into = (
        "import _socket, sys; from integrations.media import recode, stills\n"
        f"def sheet(*_):\n try: {reach}\n except OSError as error: sys.exit(error.strerror)\n"
        "stills.sheet = sheet; recode.main()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", talked_into], input=film(1), capture_output=True, check=False
    )

    assert ended.stderr == b"Too many open files\n"


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"\0\0\0\x20ftypisom", Kind.MP4), (b"\0\0\0\x14ftypqt  ", Kind.MOV),
        (b"\0\0\0\x08wide\0\0\0\0mdat", Kind.MOV), (b"\0\0\0\x20ftypM4A ", Kind.SOUND),
        (b"\0\0\0\x20ftypavif", Kind.OTHER), (b"\x1a\x45\xdf\xa3\x01webm", Kind.WEBM),
        (b"\x1a\x45\xdf\xa3\x01matroska", Kind.MKV), (b"ID3\x04", Kind.SOUND),
        (b"\xff\xfb\x90\x64", Kind.SOUND), (b"\xff\xf1\x50\x80", Kind.SOUND),
        (b"\xff\xd8\xff\xe0", Kind.OTHER), (b"\xff\xfe<\0h\0", Kind.OTHER), (b"", Kind.OTHER),
        (b"RIFF\0\0\0\0WEBP", Kind.OTHER), (b"RIFF\0\0\0\0WAVE", Kind.SOUND),
        (b"\x89PNG\r\n\x1a\n", Kind.OTHER), (b"GIF89a", Kind.OTHER),
    ],
)  # fmt: skip
def test_the_first_bytes_say_what_it_is(begins: bytes, kind: Kind) -> None:
    assert kind_of(begins) is kind
