"""Short fingerprints that stay nearly the same when what they are of stays nearly the same.

A text's is a SimHash (Charikar, "Similarity estimation techniques from rounding algorithms", 2002)
of its runs of four characters, each hashed under a key of ours: without it a sketch says nothing
of the text. A picture's is its PDQ hash.

Two sketches are found by a band they share, or nearly: if more bits differ in every band than are
tried, more differ in all than counts as near.
"""

import hashlib
import hmac
from collections.abc import Iterator
from itertools import combinations
from typing import Final

import numpy as np

from casework.likeness import LikenessKind

TRIED: Final = {LikenessKind.TEXT: 2, LikenessKind.PICTURE: 1}
"""How many bits of a band are tried both ways."""
NEAR: Final = {LikenessKind.TEXT: 11, LikenessKind.PICTURE: 31}
"""The largest distance that counts as alike, and that no near one can hide from: bands times one
bit more than is tried, less one. A picture's 31 of 256: ThreatExchange, PDQ README, "Matching". A
text's 11 of 64: measured, see docs/how-to/media.md."""
SHORTEST: Final = 16
"""Characters: of less, chance and habit make too many look alike."""
READ_FOR_LIKENESS: Final = 8_000
"""Characters of a text that are looked at; the rest is left out, to keep intake quick."""
_RUN: Final = 4
_BYTES: Final = 8
_BAND: Final = 4
"""Hexadecimal digits, so 16 bits."""


def sketch_key(identity: bytes) -> bytes:
    """The key of text sketches, out of the deployment's identity key."""
    return hmac.digest(identity, b"likeness of texts", "sha256")


def text_sketch(key: bytes, text: str) -> str | None:
    """64 bits as hexadecimal digits; None for a text too short to compare."""
    if len(text) < SHORTEST:
        return None
    runs = {text[at : at + _RUN] for at in range(len(text) - _RUN + 1)}
    hashed = b"".join(
        hashlib.blake2b(run.encode("utf-8", "replace"), key=key, digest_size=_BYTES).digest()
        for run in runs
    )
    bits = np.unpackbits(np.frombuffer(hashed, dtype=np.uint8).reshape(-1, _BYTES), axis=1)
    majority = bits.sum(axis=0, dtype=np.int64) * 2 > len(runs)
    return np.packbits(majority).tobytes().hex()


def bands(sketch: str) -> list[str]:
    """The names under which a sketch is kept: where the band stands, and its bits."""
    return [f"{at // _BAND:x}{sketch[at : at + _BAND]}" for at in range(0, len(sketch), _BAND)]


def probes(sketch: str, tried: int) -> Iterator[str]:
    """Those under which everything near is found: each band with up to so many bits turned."""
    turns = [
        sum(1 << bit for bit in turned)
        for many in range(tried + 1)
        for turned in combinations(range(16), many)
    ]
    for band in bands(sketch):
        place, bits = band[0], int(band[1:], 16)
        for turn in turns:
            yield f"{place}{bits ^ turn:04x}"


def distance(one: str, other: str) -> int:
    """How many bits differ, of two sketches of one kind."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
