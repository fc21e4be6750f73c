"""Starting a homeserver on this machine: what is kept, and what is said when there is none."""

from pathlib import Path

import pytest

from cli import synapse


def test_where_synapse_is_missing_the_command_that_installs_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(synapse.NotInstalled, match="make synapse"):
        synapse.interpreter(tmp_path)


def test_an_environment_that_was_not_finished_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()

    with pytest.raises(synapse.NotInstalled):
        synapse.interpreter(tmp_path)


def test_a_homeserver_prepared_again_keeps_its_secrets(tmp_path: Path) -> None:
    first = synapse.prepare(tmp_path)
    before = (tmp_path / "secrets.json").read_bytes()

    second = synapse.prepare(tmp_path)

    assert second.registration == first.registration
    assert (tmp_path / "secrets.json").read_bytes() == before


def test_its_secrets_are_for_the_owner_alone(tmp_path: Path) -> None:
    homeserver = synapse.prepare(tmp_path)

    modes = [
        path.stat().st_mode & 0o777 for path in (homeserver.config_file, tmp_path / "secrets.json")
    ]

    assert modes == [0o600, 0o600]
