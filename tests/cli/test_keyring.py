"""The file of keys: made once, rotated in two steps, never lost."""

import stat
from pathlib import Path

import pytest

from storage.keys import Keyring
from tests.cli.terminal import Terminal


@pytest.fixture
def file(casework: Terminal, tmp_path: Path) -> Path:
    file = tmp_path / "keyring"
    assert casework("keyring", "create", file).code == 0
    return file


def test_new_keys_are_for_their_owner_alone_and_are_not_shown(
    casework: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "keyring"

    came = casework("keyring", "create", file)

    ring = Keyring.load(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ring.webhook_secret not in came.out + came.err


def test_keys_that_are_there_are_never_replaced(casework: Terminal, file: Path) -> None:
    before = file.read_bytes()

    came = casework("keyring", "create", file)

    assert came.code == 1
    assert "there are keys already" in came.err
    assert file.read_bytes() == before


def test_prepared_keys_open_and_do_not_seal_yet(casework: Terminal, file: Path) -> None:
    before = Keyring.load(file)

    came = casework("keyring", "prepare", file)

    after = Keyring.load(file)
    assert came.code == 0
    assert (after.payload.current, after.evidence.current) == (
        before.payload.current,
        before.evidence.current,
    )
    assert len(after.payload.keys) == len(after.evidence.keys) == 2


def test_rotated_keys_seal_and_the_old_ones_still_open(casework: Terminal, file: Path) -> None:
    before = Keyring.load(file)
    casework("keyring", "prepare", file)
    prepared = Keyring.load(file)

    came = casework("keyring", "rotate", file)

    after = Keyring.load(file)
    assert came.code == 0
    for name in ("payload", "evidence"):
        old, new = getattr(before, name), getattr(after, name)
        assert new.current != old.current
        assert new.named(old.current) == old.key
        assert new.keys == getattr(prepared, name).keys
    unchanged = {"payload", "evidence"}
    assert after.model_dump(exclude=unchanged) == before.model_dump(exclude=unchanged)


def test_the_steps_cannot_be_taken_out_of_their_order(casework: Terminal, file: Path) -> None:
    too_early = casework("keyring", "rotate", file)
    casework("keyring", "prepare", file)
    before = file.read_bytes()

    twice = casework("keyring", "prepare", file)

    assert (too_early.code, twice.code) == (4, 4)
    assert "keyring prepare" in too_early.err
    assert file.read_bytes() == before


def test_whoever_could_read_the_file_still_can(casework: Terminal, file: Path) -> None:
    file.chmod(0o444)

    casework("keyring", "prepare", file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert [path.name for path in file.parent.iterdir()] == ["keyring"]


def test_a_file_without_keys_is_refused_in_one_line(casework: Terminal, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("secret words")

    came = casework("keyring", "rotate", tmp_path / "other")

    assert came.code == 1
    assert came.err.count("\n") == 1
    assert "secret words" not in came.err
