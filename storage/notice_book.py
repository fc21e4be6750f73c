"""Notices and whom they have reached: the `NoticeBook` port."""

from casework.records import Statement
from storage.engine import Database
from storage.keys import Keyring


class NoticeBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def statement(self, notice_id: str) -> Statement:
        raise NotImplementedError

    async def delivered_over(self, notice_id: str) -> frozenset[str]:
        raise NotImplementedError

    async def mark_delivered(self, notice_id: str, channel: str) -> None:
        raise NotImplementedError

    async def complete(self, notice_id: str) -> None:
        raise NotImplementedError
