"""Detections as they come in: stored with their evidence before anybody is told."""

from datetime import timedelta

from casework.base import Model, Slug
from casework.detection import Detection
from storage.engine import Database
from storage.keys import Keyring


class Accepted(Model):
    """The detection is stored. `wake`: its case's workflow has to be told."""

    case_id: str
    detection_id: str
    harm: Slug
    wake: bool


class Intake:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def case_of(self, detection: Detection) -> str:
        """The id of the case this detection belongs to, whether it exists yet or not."""
        raise NotImplementedError

    async def accept(self, detection: Detection, digest: bytes, by: str) -> Accepted:
        """Store a detection and its evidence, and its case if it is the first, in one commit.

        The same id with the same digest gets the same answer, for ever; `wake` is then false if
        Temporal is known to have it.

        Raises:
            DetectionConflict: for the same id with another digest.
        """
        raise NotImplementedError

    async def acknowledged(self, detection_id: str) -> None:
        """Temporal has it. Opening the case says the same, so this may be left out then."""
        raise NotImplementedError

    async def unacknowledged(self, older_than: timedelta, limit: int = 500) -> list[Accepted]:
        """Stored at least so long ago and perhaps never told, oldest first."""
        raise NotImplementedError
