"""Who may act here, known by random tokens of which only a digest is kept."""

from casework.records import Person
from storage.engine import Database
from storage.keys import Keyring


class Staff:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def add(self, person: Person, token: str) -> None:
        """Let this person in with this token; a person known already gets the new rights."""
        raise NotImplementedError

    async def authenticate(self, token: str) -> Person:
        """Raises Unauthenticated for a token that is unknown or revoked."""
        raise NotImplementedError

    async def revoke(self, person_id: str) -> None:
        """From now on the token is worth nothing. Repeating changes nothing. Raises NotFound."""
        raise NotImplementedError

    async def everybody(self) -> list[Person]:
        """All who may act here now."""
        raise NotImplementedError
