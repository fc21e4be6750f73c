"""Draws a video as one sheet of stills. Called by `recode` alone, in its confined process.

Nothing that a file says of itself is believed: its length and its frames are counted first, by
reading every packet without decoding one. Sound is never decoded.
"""

import io
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from integrations.media.kinds import Kind

MOST_STILLS: Final = 12
ACROSS: Final = 4
SIDE: Final = 1_600
"""Of the sheet, in points."""
GAP: Final = 6
LEAST_COST: Final = 150_000
"""What a packet counts as at least, however small its frame."""
_CPU_S: Final = 10.0
"""For decoding; then we show what we have. The process is ended at `recode.CPU_S`."""
_DECODERS: Final = ("h264", "hevc", "vp8", "vp9", "libdav1d", "mpeg4")
_FORMATS: Final = {Kind.MP4: "mov", Kind.MOV: "mov", Kind.WEBM: "matroska", Kind.MKV: "matroska"}
_OPENED: Final = {
    "codec_whitelist": ",".join(_DECODERS),
    "format_whitelist": "mov,matroska",
    "protocol_whitelist": "none",
    "max_streams": "50",
}
_GROUND: Final = (96, 96, 96)


@dataclass(frozen=True)
class Limits:
    """What one video may cost.

    Of points on the way from a keyframe to a still, the usual limit is 240 frames of 1920 by 1080,
    where encoders put a keyframe every 250 or sooner; what lies deeper is shown by an earlier
    frame. The frames are more than two hours of thirty a second.
    """

    frames: int = 250_000
    seconds: int = 4 * 3600
    points_of_a_frame: int = 4_096 * 2_304
    points_to_a_still: int = 500_000_000


USUAL: Final = Limits()


class NotOurs(Exception):
    """A video of a kind that we do not draw."""


class OnlySound(Exception):
    """There is no picture in it."""


class Unreadable(Exception):
    """Broken; or longer, larger or of more frames than we look at."""


@dataclass(frozen=True)
class Sheet:
    """`missed` counts the places at which nothing could be read."""

    image: Image.Image
    stills: int
    missed: int
    seconds: int


@dataclass(frozen=True)
class _Course:
    """When its frames and its keyframes are shown, in the stream's own units, in order."""

    frames: list[int]
    keys: list[int]

    def places(self) -> list[int]:
        """Of at most twelve frames, evenly spread over the time; no frame twice."""
        frames, many = self.frames, min(MOST_STILLS, len(self.frames))
        first, span = frames[0], frames[-1] - frames[0]
        places, least = [], 0
        for number in range(many):
            wanted = bisect_left(frames, first + span * (2 * number + 1) // (2 * many))
            place = min(max(wanted, least), len(frames) - many + number)
            places.append(frames[place])
            least = place + 1
        return places

    def key_before(self, moment: int) -> int:
        return self.keys[max(bisect_right(self.keys, moment) - 1, 0)]


def sheet(content: bytes, kind: Kind, limits: Limits = USUAL) -> Sheet:
    """Raises NotOurs, OnlySound, Unreadable; and whatever a decoder makes of hostile bytes."""
    options = _OPENED | {"max_pixels": str(limits.points_of_a_frame)}
    with av.open(io.BytesIO(content), "r", format=_FORMATS[kind], options=options) as container:
        stream = _stream_of(container)
        course = _course_of(container, stream, limits)
        seconds = _seconds(course, stream, limits)
        reel = _Reel(container, stream, course, limits)
        wanted = course.places()
        most = _Grid.of(len(wanted)).place
        frames = map(reel.at, wanted)
        stills = [_still(frame, most) for frame in frames if frame is not None]
    if not stills:
        raise Unreadable
    missed = len(wanted) - len(stills)
    return Sheet(image=_laid_out(stills), stills=len(stills), missed=missed, seconds=seconds)


def _stream_of(container: InputContainer) -> VideoStream:
    """The first that a player would take: no cover, no kind that nobody plays."""
    found = [each for each in container.streams.video if not _is_cover(each)]
    if not found:
        raise OnlySound if container.streams.audio else Unreadable
    for stream in found:
        if stream.codec_context.name in _DECODERS:
            stream.thread_count = 1
            stream.thread_type = "NONE"
            return stream
    raise NotOurs


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & stream.disposition.__class__.attached_pic)


def _course_of(container: InputContainer, stream: VideoStream, limits: Limits) -> _Course:
    """Raises Unreadable, also when nothing in it has a time."""
    if stream.width * stream.height > limits.points_of_a_frame:
        raise Unreadable
    frames: set[int] = set()
    keys: set[int] = set()
    for number, packet in enumerate(container.demux(stream)):
        if number > limits.frames:
            raise Unreadable
        if packet.pts is None or packet.is_discard or not packet.size:
            continue
        frames.add(packet.pts)
        if packet.is_keyframe:
            keys.add(packet.pts)
    if not frames:
        raise Unreadable
    return _Course(frames=sorted(frames), keys=sorted(keys) or [min(frames)])


def _seconds(course: _Course, stream: VideoStream, limits: Limits) -> int:
    """From the first frame to the end of the last, which is shown as long as the others are."""
    frames = course.frames
    span = frames[-1] - frames[0]
    last = span / (len(frames) - 1) if len(frames) > 1 else 0
    seconds = float((span + last) * (stream.time_base or 0))
    if seconds > limits.seconds:
        raise Unreadable
    return max(1, round(seconds))


class _Reel:
    """Goes forward through a video, from keyframe to keyframe: at most one seek for each still."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, course: _Course, limits: Limits
    ) -> None:
        self._container = container
        self._stream = stream
        self._course = course
        self._at: int | None = None
        self._steps: Iterator[VideoFrame | None] = iter(())
        cost = max(stream.width * stream.height, LEAST_COST)
        self._most = max(1, limits.points_to_a_still // cost)
        self._most_points = limits.points_of_a_frame
        self._until = time.process_time() + _CPU_S

    def at(self, moment: int) -> VideoFrame | None:
        """The frame of this moment or, where that lies too deep, one shortly before; None when
        nothing more can be read."""
        found, packets = None, 0
        try:
            self._go_near(moment)
            for frame in self._steps:
                if frame is None:
                    packets += 1
                    if packets > self._most or time.process_time() > self._until:
                        break
                    continue
                found, self._at = frame, frame.pts
                if self._at is None or self._at >= moment:
                    break
        except av.FFmpegError:
            return found
        return found

    def _go_near(self, moment: int) -> None:
        key = self._course.key_before(moment)
        if self._at is None or key > self._at:
            self._container.seek(key, stream=self._stream)
            self._steps = self._forward()

    def _forward(self) -> Iterator[VideoFrame | None]:
        """Frame after frame, and a None before what each packet makes: of a broken one nothing."""
        for packet in self._container.demux(self._stream):
            yield None
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            yield from (each for each in frames if self._is_within_bounds(each))

    def _is_within_bounds(self, frame: VideoFrame) -> bool:
        """A stream may change its size on the way."""
        return 0 < frame.width * frame.height <= self._most_points


@dataclass(frozen=True)
class _Grid:
    across: int
    down: int

    @classmethod
    def of(cls, many: int) -> Self:
        across = min(ACROSS, many)
        return cls(across=across, down=-(-many // across))

    @property
    def place(self) -> tuple[int, int]:
        """The most that one still may take, so that the sheet stays within its side."""
        wide, high = (SIDE - GAP * (each - 1) for each in (self.across, self.down))
        return wide // self.across, high // self.down


def _laid_out(stills: list[Image.Image]) -> Image.Image:
    grid = _Grid.of(len(stills))
    across, down = grid.across, grid.down
    wide, high = max(each.width for each in stills), max(each.height for each in stills)
    size = across * (wide + GAP) - GAP, down * (high + GAP) - GAP
    sheet = Image.new("RGB", size, _GROUND)
    for number, still in enumerate(stills):
        left = number % across * (wide + GAP) + (wide - still.width) // 2
        top = number // across * (high + GAP) + (high - still.height) // 2
        sheet.paste(still, (left, top))
    return sheet


def _still(frame: VideoFrame, most: tuple[int, int]) -> Image.Image:
    """Upright, and no larger than its place."""
    turned = frame.rotation % 180 == 90
    within = most[::-1] if turned else most
    scale = min(1.0, within[0] / frame.width, within[1] / frame.height)
    drawn = frame.reformat(
        width=max(1, int(frame.width * scale)),
        height=max(1, int(frame.height * scale)),
        format="rgb24",
        interpolation="AREA",
        threads=1,
    )
    image = Image.frombytes("RGB", (drawn.width, drawn.height), _bare(drawn))
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _bare(frame: VideoFrame) -> bytes:
    """Its points without what libav puts behind each row."""
    [plane] = frame.planes
    rows, length = bytes(plane), 3 * frame.width
    starts = range(0, plane.line_size * frame.height, plane.line_size)
    return b"".join(rows[start : start + length] for start in starts)
