"""Text as it is, with what the eye cannot see made visible."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from markupsafe import Markup

from casework.base import Model

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and marks by category, nothing by look."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"

_TURNS = {code: f"U+{code:04X}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""What sets the direction of the text behind it, and with that the order of what surrounds it."""


class Stretch(Model):
    """A piece of text; an unseen one holds the names of its characters instead of them."""

    text: str
    unseen: bool = False


def revealed(text: str) -> list[Stretch]:
    """The text in pieces: control, bidi, zero-width and other blank characters by their number.

    Line breaks and tabs stay, and so do the joiners inside an emoji.
    """
    marked = [(_is_unseen(text, place), sign) for place, sign in enumerate(text)]
    return list(_stretches(marked))


def in_order(shown: Any) -> Any:
    """Whatever a page shows, with the characters named that would turn its letters around.

    An id, a name or an address could otherwise reach beyond itself: they are shown without
    `revealed`, in the middle of our own words.
    """
    if isinstance(shown, Markup):
        return Markup(str(shown).translate(_TURNS))
    return shown.translate(_TURNS) if isinstance(shown, str) else shown


def _stretches(marked: list[tuple[bool, str]]) -> Iterator[Stretch]:
    for unseen, signs in groupby(marked, key=lambda pair: pair[0]):
        written = [sign for _, sign in signs]
        if unseen:
            yield Stretch(text=" ".join(f"U+{ord(sign):04X}" for sign in written), unseen=True)
        else:
            yield Stretch(text="".join(written))


def _is_unseen(text: str, place: int) -> bool:
    sign = text[place]
    if sign in "\n\t":
        return False
    if sign in _BLANK_LETTERS or "\U000e0100" <= sign <= "\U000e01ef":
        return True
    if sign == _JOINER:
        return not (_is_emoji(text[place - 1 : place]) and _is_emoji(text[place + 1 : place + 2]))
    return unicodedata.category(sign) in _UNSEEN


def _is_emoji(sign: str) -> bool:
    return bool(sign) and (sign == _EMOJI_STYLE or unicodedata.category(sign) in {"So", "Sk"})
