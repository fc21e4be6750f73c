from pathlib import Path

import pytest

from tests.town import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path
