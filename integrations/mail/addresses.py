"""How an account's id becomes the left side of a mail address, and back."""

import base64
import hashlib
import re
from typing import Final
from urllib.parse import unquote

LONGEST_LOCAL_PART: Final = 64
"""Source: RFC 5321, 4.5.3.1.1."""

ROOM_NEEDED: Final = 56
"""An id too long to be spelled out takes 54 characters."""

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
_DIGEST = "=h"
"""No spelled-out id begins like this: after `=` there are always two hexadecimal digits."""

_SPELLED = re.compile(r"(?:[a-z0-9_-]|=[0-9a-f]{2})+")


def local_part(account_id: str, *, room: int = LONGEST_LOCAL_PART) -> str:
    """At most `room` characters out of `a-z 0-9 _ - =`; two ids never share one.

    Small letters, digits, `_` and, after the first place, `-` stand for themselves, every other
    byte of the UTF-8 for `=` and two digits: capitals too, because many systems do not tell
    `Ann` from `ann`; dots, because some drop them; a `-` in front, because some take it for an
    option. What does not fit is `=h` and the SHA-256 of the id in base 32.
    """
    spelled = "".join(_letter(byte, at) for at, byte in enumerate(account_id.encode()))
    if len(spelled) <= room:
        return spelled
    digest = hashlib.sha256(account_id.encode()).digest()
    return _DIGEST + base64.b32encode(digest).decode().rstrip("=").lower()


def account_of(local: str) -> str | None:
    """The id that was spelled out, or None for a digest or anything else."""
    if not _SPELLED.fullmatch(local):
        return None
    try:
        return unquote(local.replace("=", "%"), errors="strict")
    except UnicodeDecodeError:
        return None


def _letter(byte: int, at: int) -> str:
    if byte in _PLAIN or (byte == ord("-") and at > 0):
        return chr(byte)
    return f"={byte:02x}"
