"""What people of the simulated platform have uploaded: drawn by us, of nobody and nothing real."""

import io
import math
from collections.abc import Callable
from functools import cache
from typing import Final

from fastapi import APIRouter, Response
from PIL import Image, ImageDraw, ImageFont

_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "mp4": "video/mp4"}
_NIGHT, _PAPER, _GOLD = "#1d2433", "#fdf8ec", "#f5b93d"
_RED, _TEAL, _PLUM, _SLATE = "#d1495b", "#2a9d8f", "#5b3a72", "#8792a6"


def router() -> APIRouter:
    """`GET /uploads/{name}`, for anybody, as a platform serves its media."""
    made = APIRouter()
    made.add_api_route("/uploads/{name}", _upload, methods=["GET"])
    return made


def _upload(name: str) -> Response:
    if name not in UPLOADS:
        return Response(status_code=404)
    return Response(drawn(name), media_type=_TYPES[name.rpartition(".")[2]])


@cache
def drawn(name: str) -> bytes:
    """The file of this name, drawn when it is first asked for. Raises KeyError."""
    return UPLOADS[name]()


def words(
    draw: ImageDraw.ImageDraw, said: str, at: tuple[float, float], size: int, colour: str
) -> None:
    """Centred at this place."""
    draw.text(at, said, font=ImageFont.load_default(size), fill=colour, anchor="mm")


def _banner() -> Image.Image:
    """A clan's banner that makes a fool of one of its own."""
    image = Image.new("RGB", (960, 540), _PLUM)
    draw = ImageDraw.Draw(image)
    for number in range(12):
        angle = math.tau * number / 12
        points: list[tuple[float, float]] = [(480, 300)]
        points += [
            (480 + 900 * math.cos(angle + turn), 300 + 900 * math.sin(angle + turn))
            for turn in (-0.13, 0.13)
        ]
        draw.polygon(points, fill="#6a4684")
    _bin(draw)
    words(draw, "ALL HAIL MIRA", (480, 62), 66, _PAPER)
    words(draw, "QUEEN OF THE TRASH", (480, 478), 66, _GOLD)
    return image


def _bin(draw: ImageDraw.ImageDraw) -> None:
    """With eyes, a crown and two flies."""
    draw.polygon([(380, 210), (580, 210), (552, 420), (408, 420)], fill=_SLATE)
    for left in (430, 480, 530):
        draw.line([(left, 225), (480 + (left - 480) * 0.75, 405)], fill="#66718a", width=6)
    draw.rounded_rectangle((364, 188, 596, 214), 12, fill="#66718a")
    draw.polygon(
        [(410, 186), (400, 118), (444, 152), (480, 104), (516, 152), (560, 118), (550, 186)],
        fill=_GOLD,
    )
    for left in (442, 506):
        draw.ellipse((left - 16, 262, left + 16, 294), fill=_PAPER)
        draw.ellipse((left - 6, 276, left + 6, 288), fill=_NIGHT)
    draw.arc((440, 320, 510, 370), 200, 340, fill=_NIGHT, width=6)
    for left, top in ((332, 190), (628, 230)):
        draw.ellipse((left, top, left + 12, top + 10), fill=_NIGHT)


_CHAT: Final = (
    (False, "toby", "is she live again? again??"),
    (False, "kriss", "turn it off, nobody wants her here"),
    (False, "toby", "all of us at 8: one star, report,\nand tell her to quit"),
    (False, "kriss", "bet she cries on stream lol"),
    (True, "", "that is mean. stop it"),
    (False, "toby", "or what? you are next"),
)


def _screenshot() -> Image.Image:
    """A chat on a phone, as somebody keeps it as a proof."""
    image = Image.new("RGB", (720, 960), _NIGHT)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 720, 104), fill="#2b3550")
    words(draw, "#after-the-raid", (360, 52), 36, _PAPER)
    top = 136
    for is_own, who, said in _CHAT:
        rows = said.count("\n") + 1
        tall = 42 * rows + (34 if who else 0) + 34
        left, right = (250, 688) if is_own else (32, 590)
        ground = _TEAL if is_own else "#35405e"
        draw.rounded_rectangle((left, top, right, top + tall), 24, fill=ground)
        if who:
            draw.text((left + 26, top + 14), who, font=ImageFont.load_default(24), fill=_GOLD)
        start = (left + 26, top + (50 if who else 18))
        draw.multiline_text(start, said, font=ImageFont.load_default(30), fill=_PAPER, spacing=10)
        top += tall + 26
    return image


def _giveaway() -> Image.Image:
    """A prize that nobody gives."""
    image = Image.new("RGB", (1_080, 1_080), "#153a5b")
    draw = ImageDraw.Draw(image)
    for ring in range(9, 0, -1):
        reach = 60 * ring
        shade = (
            f"#{0x15 + 8 * (9 - ring):02x}{0x3A + 9 * (9 - ring):02x}{0x5B + 8 * (9 - ring):02x}"
        )
        draw.ellipse((540 - reach, 500 - reach, 540 + reach, 500 + reach), fill=shade)
    gem = [(540, 300), (650, 390), (540, 560), (430, 390)]
    draw.polygon(gem, fill="#49c6e5")
    draw.polygon([gem[0], gem[1], (540, 400)], fill="#8fe0f2")
    draw.polygon([gem[0], gem[3], (540, 400)], fill="#bdeef8")
    words(draw, "YOU WON!", (540, 150), 130, _GOLD)
    words(draw, "5,000 GEMS", (540, 680), 110, _PAPER)
    draw.rounded_rectangle((200, 790, 880, 910), 60, fill=_RED)
    words(draw, "CLAIM BEFORE MIDNIGHT", (540, 850), 50, _PAPER)
    words(draw, "log in with your password to collect", (540, 980), 40, _PAPER)
    return image


def _badge() -> Image.Image:
    """The badge of a support team that does not exist."""
    image = Image.new("RGB", (512, 512), _TEAL)
    draw = ImageDraw.Draw(image)
    shield = [(256, 60), (400, 110), (386, 270), (256, 370), (126, 270), (112, 110)]
    draw.polygon(shield, fill=_PAPER)
    draw.line([(190, 210), (240, 265), (330, 150)], fill=_TEAL, width=30, joint="curve")
    words(draw, "OFFICIAL STAFF", (256, 422), 46, _PAPER)
    words(draw, "Lanterngate Support", (256, 470), 32, _PAPER)
    return image


def _png(draw: Callable[[], Image.Image]) -> Callable[[], bytes]:
    return lambda: _written(draw(), "PNG")


def _small_jpeg(draw: Callable[[], Image.Image]) -> Callable[[], bytes]:
    """As it looks after it went through three chats."""
    return lambda: _written(draw().resize((540, 540)), "JPEG", quality=40)


def _written(image: Image.Image, kind: str, **how: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def _wheel() -> bytes:
    from integrations.platform.wheel import video

    return video()


UPLOADS: Final[dict[str, Callable[[], bytes]]] = {
    "banner.png": _png(_banner),
    "screenshot.png": _png(_screenshot),
    "giveaway.png": _png(_giveaway),
    "giveaway-again.jpg": _small_jpeg(_giveaway),
    "badge.png": _png(_badge),
    "wheel.mp4": _wheel,
}
