"""Cookies that stay with a browser and that only we can read."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fastapi import Request, Response

from casework.errors import Gone
from gateway.doors import Doors, doors_of
from storage.keys import seal, unseal

_LONGEST = 3_800
"""Of a value: browsers drop a cookie of more than 4,096 bytes, with its name and attributes."""


@dataclass(frozen=True)
class SealedCookie:
    name: str
    samesite: Literal["lax", "strict"]
    path: str = "/"

    def keep(
        self, request: Request, answer: Response, content: bytes, bound_to: str, lasts: timedelta
    ) -> None:
        """Give it to the browser, unless it is too long to be kept there."""
        doors = doors_of(request)
        sealed = seal(_key(doors), content, f"{self.name}\x1f{bound_to}")
        value = base64.urlsafe_b64encode(sealed).decode()
        if len(value) > _LONGEST:
            return
        answer.set_cookie(
            self.named(doors),
            value,
            max_age=int(lasts.total_seconds()),
            path=self.path,
            secure=doors.settings.is_https,
            httponly=True,
            samesite=self.samesite,
        )

    def opened(self, request: Request, bound_to: str) -> bytes | None:
        """What we gave the browser; None without it, or where it is none of ours."""
        doors = doors_of(request)
        value = request.cookies.get(self.named(doors), "")
        try:
            sealed = base64.urlsafe_b64decode(value)
            return unseal(_key(doors), sealed, f"{self.name}\x1f{bound_to}")
        except (Gone, ValueError):
            return None

    def take_back(self, request: Request, answer: Response) -> None:
        doors = doors_of(request)
        answer.delete_cookie(
            self.named(doors),
            path=self.path,
            secure=doors.settings.is_https,
            httponly=True,
            samesite=self.samesite,
        )

    def named(self, doors: Doors) -> str:
        """Over https a name that nothing on plain http can set and, for a whole host, no other."""
        if not doors.settings.is_https:
            return self.name
        return f"__Host-{self.name}" if self.path == "/" else f"__Secure-{self.name}"


def _key(doors: Doors) -> bytes:
    return hmac.digest(doors.keyring.tokens, b"question", hashlib.sha256)
