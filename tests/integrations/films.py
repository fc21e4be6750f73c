"""Videos made for a test: frame after frame of grey, darker to lighter, so that a still tells its
time."""

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from PIL import Image

TALL, WIDE = 48, 64
_QUIET = {"libx265": {"x265-params": "log-level=none"}}


def film(
    frames: int = 48,
    *,
    container: str = "mp4",
    codec: str = "libx264",
    rate: int | Fraction = 24,
    keyframes: int = 12,
    sound: str | None = None,
    turned: int = 0,
    size: tuple[int, int] = (WIDE, TALL),
    **options: str,
) -> bytes:
    """From nearly black to nearly white; `options` are the container's own."""
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options) as made:
        stream = _seen(made.add_stream(codec, rate=rate, options=_QUIET.get(codec, {})))
        _set_up(stream.codec_context, size, keyframes)
        if turned:
            stream.set_display_rotation(turned)
        spoken = _heard(made, sound) if sound else None
        for number in range(frames):
            made.mux(stream.encode(_frame(number, frames, size, rate)))
        made.mux(stream.encode())
        if spoken is not None:
            made.mux(_noise(spoken, 48_000))
            made.mux(spoken.encode())
    return out.getvalue()


def with_a_broken_frame(content: bytes, which: int) -> bytes:
    """The same WebM with noise for one of its frames."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r") as read, av.open(out, "w", format="webm") as made:
        [seen] = read.streams.video
        stream = made.add_stream_from_template(seen)
        for number, packet in enumerate(read.demux(seen)):
            if packet.pts is None:
                continue
            kept: Any = packet
            if number == which:
                kept = av.Packet(b"\xff" * 8)
                kept.pts, kept.dts, kept.time_base = packet.pts, packet.dts, packet.time_base
            _mux_into(made, stream, [kept])
    return out.getvalue()


def sound_with_a_cover() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        cover = _seen(made.add_stream("mjpeg", rate=1))
        _set_up(cover.codec_context, (WIDE, TALL), 1)
        cover.disposition = Disposition.attached_pic
        spoken = _heard(made, "aac")
        made.mux(cover.encode(_frame(0, 1, (WIDE, TALL), 1)))
        made.mux(cover.encode())
        made.mux(_noise(spoken, 48_000))
        made.mux(spoken.encode())
    return out.getvalue()


def growing(large: tuple[int, int], frames: int = 24) -> bytes:
    """VP8 whose second half is so large, in the stream of the first."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as made:
        stream = _seen(made.add_stream("libvpx", rate=24))
        _set_up(stream.codec_context, (WIDE, TALL), 1)
        other = av.CodecContext.create("libvpx", "w")
        other.framerate, other.time_base = Fraction(24), Fraction(1, 24)
        _set_up(other, large, 1)
        for number in range(frames // 2):
            made.mux(stream.encode(_frame(number, frames, (WIDE, TALL))))
        made.mux(stream.encode())
        for number in range(frames // 2, frames):
            _mux_into(made, stream, other.encode(_frame(number, frames, large)))
        _mux_into(made, stream, other.encode())
    return out.getvalue()


def _seen(stream: object) -> av.VideoStream:
    assert isinstance(stream, av.VideoStream)
    return stream


def _heard(made: av.container.OutputContainer, codec: str) -> av.AudioStream:
    stream = made.add_stream(codec, rate=48_000, layout="mono")
    assert isinstance(stream, av.AudioStream)
    return stream


def _mux_into(
    made: av.container.OutputContainer, stream: av.VideoStream, packets: list[Any]
) -> None:
    for packet in packets:
        packet.stream = stream
        made.mux(packet)


def _set_up(context: av.VideoCodecContext, size: tuple[int, int], keyframes: int) -> None:
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if context.name == "mjpeg" else "yuv420p"
    context.gop_size = keyframes
    context.thread_count = 1


def _frame(number: int, of: int, size: tuple[int, int], rate: int | Fraction = 24) -> av.VideoFrame:
    """Grey that tells its time, with a red corner above and left."""
    wide, tall = size
    grey = 16 + 224 * number // max(of - 1, 1)
    points = np.full((tall, wide, 3), grey, dtype=np.uint8)
    points[: tall // 2, : wide // 4] = (255, 0, 0)
    frame = av.VideoFrame.from_ndarray(points)
    frame.pts, frame.time_base = number, 1 / Fraction(rate)
    return frame


def only_sound(container: str, codec: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as made:
        stream = _heard(made, codec)
        made.mux(_noise(stream, 48_000))
        made.mux(stream.encode())
    return out.getvalue()


def _noise(stream: av.AudioStream, samples: int) -> list[Any]:
    heard = np.random.default_rng(1).integers(-9_000, 9_000, (1, samples), dtype=np.int16)
    frame = av.AudioFrame.from_ndarray(heard, format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, 0
    resampled = av.AudioResampler(stream.codec_context.format.name, "mono", 48_000).resample(frame)
    return [packet for each in resampled for packet in stream.encode(each)]


def levels(jpeg: bytes, shown: int) -> list[int]:
    """How light each still of a sheet is, in their order."""
    sheet = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))
    across = min(4, shown)
    high, wide = sheet.shape[0] / -(-shown // across), sheet.shape[1] / across
    return [
        int(sheet[int((number // across + 0.52) * high), int((number % across + 0.52) * wide)])
        for number in range(shown)
    ]
