"""Commands that open the database themselves, on a real one."""

import json
import sqlite3
from pathlib import Path

import pytest

from cli.data_dir import DataDir
from tests.cli.terminal import Came, Terminal
from workers.secret_files import PREFIX


class Place:
    """A data directory as `casework up` leaves it, without the processes."""

    def __init__(self, casework: Terminal, path: Path) -> None:
        self._casework = casework
        self.path = path
        DataDir(path).keyring()

    def __call__(self, *arguments: object) -> Came:
        return self._casework(*arguments, "--data", self.path)

    @property
    def database(self) -> Path:
        return self.path / "casework.db"


@pytest.fixture
def place(casework: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv(f"{PREFIX}DATABASE_URL", raising=False)
    return Place(casework, tmp_path)


@pytest.fixture
def upgraded(place: Place) -> Place:
    assert place("db", "upgrade").code == 0
    return place


def test_an_upgrade_is_done_once(place: Place) -> None:
    first, second = place("db", "upgrade", "--json"), place("db", "upgrade", "--json")

    assert first.json()["before"] is None
    assert second.json()["before"] == second.json()["after"] == first.json()["after"]


def test_a_database_from_the_future_is_refused_in_one_line(upgraded: Place) -> None:
    with sqlite3.connect(upgraded.database) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    came = upgraded("db", "upgrade")

    assert came.code == 1
    assert "newer than this version" in came.err
    assert came.err.count("\n") == 1


def test_a_token_is_shown_once_and_its_owner_listed(upgraded: Place) -> None:
    made = upgraded(
        "token", "create", "--role", "reviewer", "--name", "ann", "--harm", "hate", "--json"
    )
    listed = upgraded("token", "list", "--json")

    token = made.json()["token"]
    assert len(token) >= 40
    assert listed.json() == [
        {"name": "ann", "role": "reviewer", "harms": "hate", "queues": "*", "rights_by": "hand"}
    ]
    assert token.encode() not in upgraded.database.read_bytes()


def test_somebody_revoked_is_listed_no_more(upgraded: Place) -> None:
    upgraded("token", "create", "--role", "lead", "--name", "ann")

    came = upgraded("token", "revoke", "ann")

    assert came.code == 0
    assert upgraded("token", "list", "--json").json() == []
    assert upgraded("token", "revoke", "nobody").code == 1


def test_a_name_with_control_characters_is_refused(upgraded: Place) -> None:
    came = upgraded("token", "create", "--role", "lead", "--name", "a\x1bb")

    assert came.code == 2
    assert "\x1b" not in came.err


def test_the_trail_is_exported_and_found_sound(upgraded: Place, tmp_path: Path) -> None:
    upgraded("token", "create", "--role", "lead", "--name", "ann")

    verified = upgraded("audit", "verify", "--json")
    exported = upgraded("audit", "export")
    upgraded("audit", "export", "--out", tmp_path / "trail.jsonl")

    assert verified.code == 0
    assert verified.json()["sound"]
    lines = [json.loads(line) for line in exported.out.splitlines()]
    assert [line["event"] for line in lines] == ["staff_added"]
    assert {"seq", "at", "actor", "digest", "mac", "facts"} <= set(lines[0])
    assert (tmp_path / "trail.jsonl").read_text() == exported.out


def test_a_line_that_was_edited_is_found(upgraded: Place) -> None:
    upgraded("token", "create", "--role", "lead", "--name", "ann")
    with sqlite3.connect(upgraded.database) as database:
        database.execute("UPDATE audit SET actor = 'somebody'")

    came = upgraded("audit", "verify", "--json")

    assert came.code == 1
    assert not came.json()["sound"]


def test_a_directory_that_is_none_says_what_to_do(casework: Terminal, tmp_path: Path) -> None:
    came = casework("audit", "verify", "--data", tmp_path / "nothing")

    assert came.code == 5
    assert "name one with --data" in came.err


def test_the_doctor_names_what_is_missing_and_the_mend(upgraded: Place) -> None:
    came = upgraded("doctor", "--json")

    found = {one["name"]: one for one in came.json()}
    assert came.code == 1
    assert found["python"]["state"] == found["database"]["state"] == "ok"
    assert found["keyring.json"]["state"] == "ok"
    assert found["tokens.json"]["state"] == found["temporal"]["state"] == "fail"
    assert found["gateway"]["mend"]
    assert all(one.get("mend") for one in found.values() if one["state"] != "ok")


def test_the_doctor_sees_keys_that_others_may_read(upgraded: Place) -> None:
    (upgraded.path / "keyring.json").chmod(0o644)

    came = upgraded("doctor", "--json")

    [keyring] = [one for one in came.json() if one["name"] == "keyring.json"]
    assert keyring["state"] == "fail"
    assert keyring["mend"].startswith("chmod 600")


def test_the_doctor_sees_a_misspelt_variable(
    upgraded: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}PLATFROM_URL", "https://x")

    came = upgraded("doctor", "--json")

    [variables] = [one for one in came.json() if one["name"] == "variables"]
    assert variables["state"] == "warn"
    assert "PLATFROM_URL" in variables["said"]
