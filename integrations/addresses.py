"""Addresses of other systems, as settings hold them."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator


def _base(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address begins with http:// or https:// and names a host")
    if parts.username or parts.password:
        raise ValueError("a password belongs in a setting of its own, not in an address")
    if parts.query or parts.fragment:
        raise ValueError("an address to build on has no ? and no #")
    return address.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base)]
"""Where a system's paths begin; without the slash at its end."""


def below(base: str, *segments: str) -> str:
    """A path below `base`; every segment is quoted whole, a slash in it included."""
    return "/".join((base, *(quote(segment, safe="") for segment in segments)))
