"""What tests of more than one room need."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import settings

from cli import synapse
from integrations.matrix.homeserver import Homeserver

# Hypothesis looks for what does not hold here, not at how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def homeserver(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Homeserver]:
    """A real Synapse, one for all tests: each brings its own accounts and rooms."""
    try:
        synapse.interpreter()
    except synapse.NotInstalled as error:
        pytest.skip(str(error))
    async with synapse.running(tmp_path_factory.mktemp("synapse")) as homeserver:
        yield homeserver
