"""Answers kept for a day, so that a repeated request gets the same one."""

from casework.base import Model
from storage.engine import Database
from storage.keys import Keyring


class Stored(Model):
    """An answer given before."""

    status: int
    headers: dict[str, str]
    body: bytes


class Idempotency:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def remember(self, caller: str, key: str, digest: bytes) -> Stored | None:
        """The answer kept for this request; None when it is to be answered now, by the caller.

        Raises:
            IdempotencyConflict: the key was used with another body.
            Conflict: the same request is being answered at this moment.
        """
        raise NotImplementedError

    async def keep(
        self, caller: str, key: str, digest: bytes, status: int, body: bytes,
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        """Keep the answer for a day."""
        raise NotImplementedError

    async def drop(self, caller: str, key: str) -> None:
        """Forget a request that could not be answered, so that it may be tried again at once."""
        raise NotImplementedError

    async def sweep(self) -> int:
        """Delete answers older than a day; how many."""
        raise NotImplementedError
