"""What detectors and people send us, read exactly or refused."""

import json

from pydantic import JsonValue

from casework.errors import Malformed, Nonsense
from integrations.strict_json import read_json


def parse(body: bytes, *, depth: int) -> JsonValue:
    """The value in a body of UTF-8 JSON.

    Raises:
        Malformed: not JSON, nested deeper than `depth`, a name given twice in one object, a number
            that is not finite, or text that is not Unicode (half a surrogate pair).
    """
    try:
        value = read_json(body, depth_cap=depth)
    except Nonsense as error:
        raise Malformed(str(error)) from None
    if b"\\u" in body and not _is_unicode(value):
        raise Malformed("text that is not Unicode")
    return value


def canonical(value: JsonValue) -> bytes:
    """One spelling for equal values, to compare by digest."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _is_unicode(value: JsonValue) -> bool:
    try:
        canonical(value)
    except UnicodeEncodeError:
        return False
    return True
