"""JSON as strangers send it: read it exactly, or not at all."""

import json
import math
from collections.abc import Iterable
from typing import NoReturn

from pydantic import JsonValue

from casework.errors import Nonsense

DEPTH_CAP = 32
"""Levels of nesting. No format of a vendor spoken here needs more than six."""

DEEPEST = 160
"""What may be asked for where the answer holds what users put together: Synapse takes messages of
126 levels (measured, 1.163), and one that we refused to read would hide all others beside it."""


def read_json(body: bytes, *, depth_cap: int = DEPTH_CAP) -> JsonValue:
    """Parse UTF-8 JSON.

    Raises:
        Nonsense: when it is empty, not UTF-8, not JSON, nested deeper than `depth_cap`, names a key
            twice, or holds a number that is not finite (`NaN`, `Infinity`, `1e999`). The message
            never quotes the body.
    """
    if not body.strip():
        raise Nonsense("an empty body where JSON was expected")
    try:
        value: JsonValue = json.loads(
            body.decode("utf-8"),
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
    except UnicodeDecodeError:
        raise Nonsense("a body that is not UTF-8") from None
    except RecursionError:
        raise Nonsense("JSON nested too deeply") from None
    except ValueError:
        raise Nonsense("a body that is not strict JSON") from None
    _refuse_depth(value, depth_cap)
    return value


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _without_repeats(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Two readers may take different ones of two equal keys, so neither is taken."""
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a key occurs twice")
    return entries


def _refuse_depth(value: JsonValue, cap: int) -> None:
    level: list[JsonValue] = [value]
    for _ in range(cap):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise Nonsense("JSON nested too deeply")


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
