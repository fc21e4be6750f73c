"""Passwords, identities and sessions, on both databases."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from casework.errors import Conflict, Malformed, NotFound, Unauthenticated
from casework.records import Person
from casework.words import Role
from storage.audit_line import Event
from storage.passwords import Passwords
from storage.sessions import Way
from storage.tables import audit, logins, reviewers, sessions
from tests.databases import Clock
from tests.storage.office import Office

ANN = Person(id="ann", role=Role.REVIEWER)
BEA = Person(id="bea", role=Role.LEAD)
SECRET = "correct horse battery"
ISSUER = "https://id.test"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
async def staffed(office: Office) -> Office:
    await office.store.staff.add(ANN, "token-of-ann")
    await office.store.staff.add(BEA, "token-of-bea")
    return office


async def signed_in(office: Office, who: str = "ann", instead_of: str = "") -> str:
    return await office.store.sessions.begin(who, Way.TOKEN, DAY, instead_of)


async def is_open(office: Office, cookie: str) -> bool:
    try:
        await office.store.sessions.find(cookie, HOUR)
    except Unauthenticated:
        return False
    return True


# -- passwords -------------------------------------------------------------------------------------


async def test_a_password_lets_its_owner_in_and_is_kept_as_a_hash(staffed: Office) -> None:
    username = await staffed.store.logins.set_password("ann", SECRET)

    person = await staffed.store.logins.by_password(" ANN ", SECRET)

    assert (username, person) == ("ann", ANN)
    async with staffed.store.database.reading() as tx:
        kept = await tx.value(select(logins.c.password_hash))
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("username", "password"),
    [("ann", "wrong but long enough"), ("nobody", SECRET), ("ann", ""), ("", SECRET)],
)
async def test_whatever_is_wrong_is_said_in_the_same_words(
    staffed: Office, username: str, password: str
) -> None:
    await staffed.store.logins.set_password("ann", SECRET)

    with pytest.raises(Unauthenticated, match=r"^this username and password do not go together$"):
        await staffed.store.logins.by_password(username, password)


async def test_an_unknown_username_costs_as_much_as_a_wrong_password() -> None:
    counting = Counting()
    passwords = Passwords(counting)
    kept = await passwords.hashed(SECRET)
    counting.runs = 0

    await passwords.fits("wrong", kept)
    await passwords.fits("wrong", None)

    assert counting.runs == 2


class Counting(PasswordHasher):
    """Counts how often the costly part runs."""

    runs = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.runs += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.runs += 1
        return super().verify(hash, password)


async def test_composed_and_decomposed_letters_are_one_password(staffed: Office) -> None:
    await staffed.store.logins.set_password("ann", "caf\u00e9 au lait noir")

    person = await staffed.store.logins.by_password("ann", "cafe\u0301 au lait noir")

    assert person == ANN


@pytest.mark.parametrize("password", ["short", "x" * 257, ""])
async def test_a_password_of_a_bad_length_is_refused(staffed: Office, password: str) -> None:
    with pytest.raises(Malformed):
        await staffed.store.logins.set_password("ann", password)


async def test_a_password_that_is_the_username_is_refused(staffed: Office) -> None:
    with pytest.raises(Malformed):
        await staffed.store.logins.set_password("ann", "Ann-Of-The-Desk", "ann-of-the-desk")


async def test_nobody_takes_the_username_of_another_or_a_password_without_being_known(
    staffed: Office,
) -> None:
    await staffed.store.logins.set_password("ann", SECRET)

    with pytest.raises(Conflict):
        await staffed.store.logins.set_password("bea", SECRET, "ANN")
    with pytest.raises(NotFound):
        await staffed.store.logins.set_password("nobody", SECRET)


async def test_an_old_hash_is_renewed_by_the_next_sign_in(staffed: Office) -> None:
    await staffed.store.logins.set_password("ann", SECRET)
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(SECRET)
    async with staffed.store.database.transaction() as tx:
        await tx.execute(update(logins).values(password_hash=weak))

    await staffed.store.logins.by_password("ann", SECRET)

    async with staffed.store.database.reading() as tx:
        kept = await tx.value(select(logins.c.password_hash))
    assert not PasswordHasher().check_needs_rehash(kept)
    assert await staffed.store.logins.by_password("ann", SECRET) == ANN


async def test_somebody_revoked_is_let_in_by_nothing_and_keeps_nothing(staffed: Office) -> None:
    await staffed.store.logins.set_password("ann", SECRET)
    await staffed.store.logins.bind("ann", ISSUER, "s-1")
    cookie = await signed_in(staffed)

    await staffed.store.staff.revoke("ann")
    await staffed.store.staff.add(ANN, "a new token")

    assert not await is_open(staffed, cookie)
    with pytest.raises(Unauthenticated):
        await staffed.store.logins.by_password("ann", SECRET)
    with pytest.raises(Unauthenticated):
        await staffed.store.logins.by_identity(ISSUER, "s-1")


# -- identities ------------------------------------------------------------------------------------


async def test_an_identity_is_one_person(staffed: Office) -> None:
    await staffed.store.logins.bind("ann", ISSUER, "s-1")

    assert await staffed.store.logins.by_identity(ISSUER, "s-1") == ANN
    for issuer, subject in ((ISSUER, "s-2"), ("https://other.test", "s-1")):
        with pytest.raises(Unauthenticated):
            await staffed.store.logins.by_identity(issuer, subject)
    with pytest.raises(Conflict):
        await staffed.store.logins.bind("bea", ISSUER, "s-1")


async def test_another_identity_replaces_the_one_before_and_leaves_the_password(
    staffed: Office,
) -> None:
    await staffed.store.logins.set_password("ann", SECRET)
    await staffed.store.logins.bind("ann", ISSUER, "s-1")

    await staffed.store.logins.bind("ann", ISSUER, "s-2")

    assert await staffed.store.logins.by_identity(ISSUER, "s-2") == ANN
    assert await staffed.store.logins.by_password("ann", SECRET) == ANN
    with pytest.raises(Unauthenticated):
        await staffed.store.logins.by_identity(ISSUER, "s-1")


# -- sessions --------------------------------------------------------------------------------------


async def test_a_session_names_its_person_and_keeps_no_cookie(staffed: Office) -> None:
    cookie = await signed_in(staffed)

    found = await staffed.store.sessions.find(cookie, HOUR)

    assert (found.person, found.record.way) == (ANN, Way.TOKEN)
    async with staffed.store.database.reading() as tx:
        rows = await tx.rows(select(sessions))
        told = await tx.rows(select(audit).where(audit.c.event == Event.SIGNED_IN))
    assert cookie not in repr(rows)
    assert cookie not in repr(told)
    assert [line.actor for line in told] == ["ann"]


async def test_a_session_ends_when_it_is_old_and_when_it_is_not_used(
    staffed: Office, clock: Clock
) -> None:
    idle, used = await signed_in(staffed), await signed_in(staffed)
    for _ in range(2):
        clock.passes(HOUR * 0.75)
        await staffed.store.sessions.note_use(used)

    assert (await is_open(staffed, idle), await is_open(staffed, used)) == (False, True)

    clock.passes(DAY)
    await staffed.store.sessions.note_use(used)

    assert not await is_open(staffed, used)
    assert await staffed.store.sessions.sweep() == 2


async def test_its_use_is_noted_once_a_minute_at_most(staffed: Office, clock: Clock) -> None:
    cookie = await signed_in(staffed)

    at_once = await staffed.store.sessions.find(cookie, HOUR)
    clock.passes(MINUTE)
    later = await staffed.store.sessions.find(cookie, HOUR)

    assert (at_once.is_due, later.is_due) == (False, True)


async def test_looking_a_session_up_writes_nothing(staffed: Office) -> None:
    cookie = await signed_in(staffed)
    before = staffed.store.database.commits

    await staffed.store.sessions.find(cookie, HOUR)

    assert staffed.store.database.commits == before


async def test_signing_in_again_ends_the_session_before(staffed: Office) -> None:
    first = await signed_in(staffed)

    second = await signed_in(staffed, instead_of=first)

    assert (await is_open(staffed, first), await is_open(staffed, second)) == (False, True)


@pytest.mark.parametrize("what", ["token", "password", "identity", "revoked"])
async def test_whatever_changes_at_the_door_ends_every_session(staffed: Office, what: str) -> None:
    cookie, other = await signed_in(staffed), await signed_in(staffed, "bea")

    match what:
        case "token":
            await staffed.store.staff.add(ANN, "another token")
        case "password":
            await staffed.store.logins.set_password("ann", SECRET)
        case "identity":
            await staffed.store.logins.bind("ann", ISSUER, "s-1")
        case _:
            await staffed.store.staff.revoke("ann")

    assert (await is_open(staffed, cookie), await is_open(staffed, other)) == (False, True)


async def test_a_session_alone_lets_nobody_in_who_may_not_act_here(staffed: Office) -> None:
    cookie = await signed_in(staffed)
    async with staffed.store.database.transaction() as tx:
        mine = reviewers.c.reviewer_id == "ann"
        await tx.execute(update(reviewers).where(mine).values(active=False))

    assert not await is_open(staffed, cookie)


async def test_new_rights_are_those_of_the_next_click(staffed: Office) -> None:
    cookie = await signed_in(staffed)

    await staffed.store.staff.add(Person(id="ann", role=Role.LEAD), "token-of-ann")

    assert (await staffed.store.sessions.find(cookie, HOUR)).person.role is Role.LEAD


async def test_a_person_ends_their_own_sessions_and_no_others(staffed: Office) -> None:
    mine, theirs = await signed_in(staffed), await signed_in(staffed, "bea")
    [hers] = await staffed.store.sessions.of("bea", HOUR)

    await staffed.store.sessions.end_named("ann", hers.name)
    still = await is_open(staffed, theirs)
    [own] = await staffed.store.sessions.of("ann", HOUR)
    await staffed.store.sessions.end_named("ann", own.name)

    assert still
    assert not await is_open(staffed, mine)
    assert await staffed.store.sessions.of("ann", HOUR) == []
