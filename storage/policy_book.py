"""The exact text of every policy version that was ever in force."""

from casework.policy import Policy
from storage.engine import Database
from storage.keys import Keyring


class PolicyBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def put(self, text: str, policy: Policy) -> None:
        """Keep this version. Repeating changes nothing.

        Raises:
            PolicyMistake: when this version is on record with another text.
        """
        raise NotImplementedError

    async def current(self, harm: str) -> Policy:
        """The highest version on record. Raises Unavailable when there is none (yet)."""
        raise NotImplementedError

    async def version(self, harm: str, version: int) -> Policy:
        """Exactly this version, however old. Raises Unavailable when it is not on record."""
        raise NotImplementedError

    async def harms(self) -> frozenset[str]:
        """Every harm with a policy on record."""
        raise NotImplementedError
