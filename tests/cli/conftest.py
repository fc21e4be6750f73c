from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.fake_gateway import FakeGateway, serving
from tests.cli.real_up import Up, prepared
from tests.cli.terminal import Terminal


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serving() as fake:
        yield fake


@pytest.fixture
def casework() -> Terminal:
    """The command, run in this process."""
    return Terminal(CliRunner(), app)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One `casework up` for all tests that need a real one; starting it is what takes time."""
    with prepared(tmp_path_factory.mktemp("up")) as running:
        running.start()
        yield running
