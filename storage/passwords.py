"""Passwords as argon2id hashes; the parameters travel in each hash, so they can be raised."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casework.errors import Malformed

SHORTEST = 12
LONGEST = 256
_AT_ONCE = 2
"""Each takes 64 MiB while it runs, so guessing must not be able to start many."""


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """Raises Malformed: shorter than 12 characters, or longer than 256."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Malformed(
                "a password has %(least)s to %(most)s characters", least=SHORTEST, most=LONGEST
            )
        return await self._hash(password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether this is the password. Without one kept it is not, and takes as long to say."""
        password = password[: LONGEST + 1]
        if kept is None:
            await self._hash(password)
            return False
        async with self._turns:
            return await asyncio.to_thread(self._verified, password, kept)

    def is_outdated(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)

    async def _hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _plain(password))

    def _verified(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, _plain(password))
        except (VerificationError, InvalidHashError):
            return False


def _plain(password: str) -> bytes:
    """The same password from every keyboard: composed and decomposed letters are one."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
