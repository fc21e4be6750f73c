"""Every test here runs on SQLite and on PostgreSQL."""

import pytest

from storage.store import Store
from tests.databases import Clock, clock, database_url, databases, keyring, store
from tests.storage.office import Office

__all__ = ["clock", "database_url", "databases", "keyring", "office", "store"]


@pytest.fixture
def office(store: Store, clock: Clock) -> Office:
    return Office(store, clock)
