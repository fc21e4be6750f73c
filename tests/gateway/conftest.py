import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from storage import schema
from tests.gateway.counter import Counter, counter_on


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway") / "empty.db"


@pytest.fixture
async def database(empty_database: Path, tmp_path: Path) -> str:
    if not empty_database.exists():
        await schema.upgrade(f"sqlite:///{empty_database}")
    shutil.copy(empty_database, tmp_path / "casework.db")
    return f"sqlite:///{tmp_path / 'casework.db'}"


@pytest.fixture
async def counter(database: str) -> AsyncIterator[Counter]:
    counter = await counter_on(database)
    yield counter
    await counter.store.close()


Opening = Callable[[GatewaySettings], Awaitable[Counter]]


@pytest.fixture
async def opening(database: str) -> AsyncIterator[Opening]:
    """Opens a counter with settings of the test's own."""
    opened: list[Counter] = []

    async def open_with(settings: GatewaySettings) -> Counter:
        opened.append(await counter_on(database, settings))
        return opened[-1]

    yield open_with
    for counter in opened:
        await counter.store.close()
