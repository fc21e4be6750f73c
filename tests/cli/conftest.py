from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.fake_gateway import FakeGateway, serving
from tests.cli.terminal import Terminal


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serving() as fake:
        yield fake


@pytest.fixture
def casework() -> Terminal:
    """The command, run in this process."""
    return Terminal(CliRunner(), app)
