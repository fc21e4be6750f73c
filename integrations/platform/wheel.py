"""A short video among the uploads: a wheel of fortune, and what it is really about."""

import io
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from integrations.platform.uploads import words

_SIZE: Final = (640, 360)
_A_SECOND: Final = 6
_SPINS: Final = 10 * _A_SECOND
_ASKS: Final = 5 * _A_SECOND
_COLOURS: Final = ("#d1495b", "#f5b93d", "#2a9d8f", "#5b3a72", "#49c6e5", "#8792a6")
_TURNS: Final = 5


def video() -> bytes:
    """Fifteen seconds of MP4, without sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        stream = made.add_stream("libx264", rate=_A_SECOND, options={"preset": "veryfast"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for number, image in enumerate(_frames()):
            frame = av.VideoFrame.from_ndarray(np.asarray(image))
            frame.pts, frame.time_base = number, Fraction(1, _A_SECOND)
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return out.getvalue()


def _frames() -> list[Image.Image]:
    wheel, asks = _wheel(), _what_it_asks()
    spinning = [_spun(wheel, number / _SPINS) for number in range(_SPINS)]
    return [*spinning, *([asks] * _ASKS)]


def _wheel() -> Image.Image:
    image = Image.new("RGB", (560, 560), "#1d2433")
    draw, step = ImageDraw.Draw(image), 360 // (2 * len(_COLOURS))
    for number in range(2 * len(_COLOURS)):
        colour = _COLOURS[number % len(_COLOURS)]
        draw.pieslice((4, 4, 556, 556), number * step, (number + 1) * step, fill=colour)
    draw.ellipse((240, 240, 320, 320), fill="#fdf8ec")
    return image.resize((280, 280), Image.Resampling.LANCZOS)


def _spun(wheel: Image.Image, gone: float) -> Image.Image:
    """Slower and slower; `gone` from 0 to 1."""
    angle = 360 * _TURNS * (1 - (1 - gone) ** 2)
    image = Image.new("RGB", _SIZE, "#1d2433")
    turned = wheel.rotate(angle, Image.Resampling.BICUBIC, fillcolor="#1d2433")
    image.paste(turned, (40, 40))
    draw = ImageDraw.Draw(image)
    draw.polygon([(312, 180), (344, 164), (344, 196)], fill="#fdf8ec")
    words(draw, "SPIN AND WIN", (486, 130), 38, "#f5b93d")
    words(draw, "everybody wins", (486, 180), 28, "#fdf8ec")
    words(draw, f"{9 - int(9 * gone)} left today", (486, 226), 28, "#d1495b")
    return image


def _what_it_asks() -> Image.Image:
    image = Image.new("RGB", _SIZE, "#d1495b")
    draw = ImageDraw.Draw(image)
    words(draw, "YOU WON 100 COINS", (320, 90), 54, "#fdf8ec")
    words(draw, "send 10 coins to wheel_bank", (320, 180), 38, "#1d2433")
    words(draw, "and get 100 back in an hour", (320, 230), 38, "#1d2433")
    words(draw, "tell nobody", (320, 310), 30, "#fdf8ec")
    return image
