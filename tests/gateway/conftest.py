import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from storage import schema
from storage.keys import Keyring
from tests.gateway.counter import SETTINGS, Counter, counter_on, settle_in

Opening = Callable[[GatewaySettings], Counter]


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.made()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the database lies that every test gets a copy of; made by the first to need it."""
    return tmp_path_factory.mktemp("gateway") / "casework.db"


@pytest.fixture
async def opening(furnished: Path, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens a counter with settings of the test's own."""
    if not furnished.exists():
        await schema.upgrade(f"sqlite:///{furnished}")
        await settle_in(f"sqlite:///{furnished}", keyring)
    shutil.copy(furnished, tmp_path / "casework.db")
    opened: list[Counter] = []

    def open_with(settings: GatewaySettings) -> Counter:
        opened.append(counter_on(f"sqlite:///{tmp_path / 'casework.db'}", keyring, settings))
        return opened[-1]

    yield open_with
    for counter in opened:
        await counter.app.state.live.ended()
        await counter.app.state.courier.rest()
        await counter.store.close()


@pytest.fixture
def counter(opening: Opening) -> Counter:
    return opening(SETTINGS)
