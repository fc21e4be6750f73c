"""Actions and how far they have come: the `ActionBook` port."""

from casework.records import ActionRecord
from casework.words import ActionState
from storage.engine import Database
from storage.keys import Keyring


class ActionBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def action(self, action_id: str) -> ActionRecord:
        raise NotImplementedError

    async def attempting(self, action_id: str) -> ActionRecord:
        raise NotImplementedError

    async def settle_action(self, action_id: str, state: ActionState, note: str = "") -> None:
        raise NotImplementedError

    async def shared_effect(self, action_id: str) -> bool:
        raise NotImplementedError
