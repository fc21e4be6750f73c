"""`casework staff`, on a real database."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from casework.records import Person
from casework.words import Role
from cli import first_people
from cli.data_dir import DataDir
from storage.store import Store
from tests.cli.terminal import Came, Terminal
from workers.secret_files import PREFIX

SECRET = "correct horse battery"


class Place:
    def __init__(self, casework: Terminal, path: Path) -> None:
        self._casework = casework
        self.data = DataDir(path)
        self.data.keyring()
        assert self("db", "upgrade").code == 0

    def __call__(self, *arguments: object, typed: str | None = None) -> Came:
        return self._casework(*arguments, "--data", self.data.path, typed=typed)

    async def store(self) -> Store:
        return Store.open(f"sqlite:///{self.data.path / 'casework.db'}", self.data.keyring())


@pytest.fixture
def place(casework: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv(f"{PREFIX}DATABASE_URL", raising=False)
    return Place(casework, tmp_path)


@pytest.fixture
def staffed(place: Place) -> Place:
    assert place("staff", "add", "--role", "reviewer", "--name", "ann").code == 0
    return place


def by_password(place: Place, username: str, password: str) -> Person:
    async def ask() -> Person:
        store = await place.store()
        try:
            return await store.logins.by_password(username, password)
        finally:
            await store.close()

    return asyncio.run(ask())


def test_a_password_is_read_and_never_shown_or_kept(staffed: Place) -> None:
    came = staffed("staff", "password", "ann", "--username", "Annie", typed=f"{SECRET}\n")

    assert (came.code, came.out) == (0, "ann signs in as annie\n")
    assert by_password(staffed, "annie", SECRET) == Person(id="ann", role=Role.REVIEWER)
    assert SECRET.encode() not in (staffed.data.path / "casework.db").read_bytes()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("ann", "short\n", "a password has 12 to 256 characters"),
        ("ann", "", "a password has 12 to 256 characters"),
        ("nobody", f"{SECRET}\n", "no such person"),
    ],
)
def test_a_password_that_cannot_be_set_is_refused_in_one_line(
    staffed: Place, name: str, typed: str, said: str
) -> None:
    came = staffed("staff", "password", name, typed=typed)

    assert (came.code, came.err) == (1, f"casework: {said}\n")


def test_an_identity_is_bound_once(staffed: Place) -> None:
    staffed("staff", "add", "--role", "lead", "--name", "bea")
    who = ("--issuer", "https://id.test", "--subject", "s-1")

    first, again = staffed("staff", "bind", "ann", *who), staffed("staff", "bind", "ann", *who)
    other = staffed("staff", "bind", "bea", *who)

    assert (first.code, again.code, other.code) == (0, 0, 4)
    assert "bound to somebody else" in other.err


def test_whoever_is_entrusted_to_their_groups_is_listed_so_and_changed_by_hand_no_more(
    staffed: Place,
) -> None:
    too_early = staffed("staff", "entrust", "ann")
    staffed("staff", "bind", "ann", "--issuer", "https://id.test", "--subject", "s-1")

    came = staffed("staff", "entrust", "ann")
    by_hand = staffed("staff", "add", "--role", "admin", "--name", "ann")

    assert (too_early.code, came.code, by_hand.code) == (4, 0, 4)
    assert "their groups say what they may do" in by_hand.err
    [told] = staffed("staff", "list", "--json").json()
    assert (told["role"], told["rights_by"]) == ("reviewer", "groups")


def test_the_older_names_still_work(place: Place) -> None:
    place("token", "create", "--role", "lead", "--name", "ann")

    assert place("staff", "list", "--json").json() == place("token", "list", "--json").json()
    assert place("token", "revoke", "ann").code == 0
    assert place("staff", "list", "--json").json() == []


def test_the_trail_says_what_was_changed_and_stays_sound(staffed: Place) -> None:
    staffed("staff", "password", "ann", typed=f"{SECRET}\n")
    staffed("staff", "bind", "ann", "--issuer", "https://id.test", "--subject", "s-1")

    with sqlite3.connect(staffed.data.path / "casework.db") as database:
        events = [row[0] for row in database.execute("SELECT event FROM audit ORDER BY seq")]
    assert events == ["staff_added", "password_set", "identity_bound"]
    assert staffed("audit", "verify").code == 0


async def test_the_embedded_default_gives_every_role_but_machines_a_password(
    tmp_path: Path, casework: Terminal
) -> None:
    place = await asyncio.to_thread(Place, casework, tmp_path)
    store = await place.store()

    await first_people.employ(store.staff, place.data)
    await store.staff.revoke("auditor")
    await first_people.give_passwords(store, place.data)
    await first_people.give_passwords(store, place.data)

    passwords = place.data.passwords()
    assert set(passwords) == set(Role) - {Role.DETECTOR, Role.AUDITOR}
    assert place.data.passwords_file.stat().st_mode & 0o777 == 0o600
    for role, password in passwords.items():
        assert (await store.logins.by_password(role.value, password)).role is role
    await store.close()


def test_somebody_s_route_is_said_and_shown(staffed: Place) -> None:
    said = staffed("staff", "route", "ann", "--language", "DE", "--skill", "graphic")
    more = staffed("staff", "route", "ann", "--skill", "none", "--opt-out", "hate")

    shown = staffed("staff", "route", "ann")

    assert (said.code, more.out) == (0, shown.out)
    assert [line.split() for line in shown.out.splitlines()] == [
        ["languages", "de"],
        ["jurisdictions", "-"],
        ["skills", "-"],
        ["opted_out", "hate"],
    ]


@pytest.mark.parametrize("arguments", [("ann", "--language", "German"), ("zoe", "--skill", "x")])
def test_a_senseless_route_is_refused(staffed: Place, arguments: tuple[str, ...]) -> None:
    came = staffed("staff", "route", *arguments)

    assert came.code != 0
