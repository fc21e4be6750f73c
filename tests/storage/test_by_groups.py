"""People whose rights their groups say, beside people whose rights were written by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.errors import Conflict, NotFound, Unauthenticated
from casework.identities import GroupRule, Identity, Vouched
from casework.records import Person
from casework.words import Role
from storage.audit_line import Event
from storage.sessions import Way
from storage.tables import audit
from tests.storage.office import Office

ISSUER = "https://id.test"
ANN = Identity(issuer=ISSUER, subject="s-1")
REVIEWERS = GroupRule(group="reviewers", role=Role.REVIEWER, harms=frozenset({"hate"}))
LEADS = GroupRule(group="leads", role=Role.LEAD)
BY_HAND = Person(id="bea", role=Role.LEAD)
HOUR = timedelta(hours=1)


def said(called: str = "ann", identity: Identity = ANN) -> Vouched:
    return Vouched(identity=identity, called=called)


async def is_open(office: Office, cookie: str) -> bool:
    try:
        await office.store.sessions.find(cookie, HOUR)
    except Unauthenticated:
        return False
    return True


async def admitted(office: Office, rule: GroupRule | None = REVIEWERS) -> Person:
    return await office.store.by_groups.admit(said(), rule)


async def session_of(office: Office, who: str) -> str:
    return await office.store.sessions.begin(who, Way.OIDC, timedelta(days=1))


async def events(office: Office) -> list[tuple[str, str]]:
    async with office.store.database.reading() as tx:
        rows = await tx.rows(select(audit).order_by(audit.c.seq))
    return [(row.actor, row.event) for row in rows if row.event.startswith("staff_")]


async def test_a_newcomer_becomes_a_person_with_the_rights_of_their_group(office: Office) -> None:
    person = await admitted(office)

    assert person == Person(id="ann", role=Role.REVIEWER, harms=frozenset({"hate"}))
    assert await office.store.staff.everybody() == [person]
    assert await office.store.by_groups.everybody() == {"ann"}
    assert await events(office) == [("groups", Event.STAFF_ADDED)]


async def test_rights_are_written_anew_when_the_group_is_another(office: Office) -> None:
    await admitted(office)
    cookie = await session_of(office, "ann")

    person = await admitted(office, LEADS)
    again = await admitted(office, LEADS)

    assert person == again == Person(id="ann", role=Role.LEAD)
    assert (await office.store.sessions.find(cookie, HOUR)).person == person
    assert await events(office) == [("groups", Event.STAFF_ADDED)] * 2


async def test_without_a_group_they_are_out_until_they_have_one_again(office: Office) -> None:
    await admitted(office)
    cookie = await session_of(office, "ann")

    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await admitted(office, None)

    assert not await is_open(office, cookie)
    assert await office.store.staff.everybody() == []
    assert await events(office) == [("groups", Event.STAFF_ADDED), ("groups", Event.STAFF_REVOKED)]

    assert (await admitted(office)).id == "ann"
    assert not await is_open(office, cookie)


async def test_a_stranger_without_a_group_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(Unauthenticated):
        await admitted(office, None)

    assert await events(office) == []


async def test_whoever_was_revoked_by_hand_stays_out_whatever_their_groups_say(
    office: Office,
) -> None:
    await admitted(office)
    await office.store.staff.revoke("ann")

    with pytest.raises(Unauthenticated):
        await admitted(office, LEADS)

    assert await office.store.staff.everybody() == []


async def test_somebody_without_a_group_can_be_revoked_by_hand_for_good(office: Office) -> None:
    await admitted(office)
    with pytest.raises(Unauthenticated):
        await admitted(office, None)

    await office.store.staff.revoke("ann")

    with pytest.raises(Unauthenticated):
        await admitted(office)


async def test_rights_written_by_hand_are_left_alone(office: Office) -> None:
    await office.store.staff.add(BY_HAND, "token-of-bea")
    await office.store.logins.bind("bea", ISSUER, "s-1")

    assert await admitted(office) == BY_HAND
    assert await admitted(office, None) == BY_HAND
    assert await office.store.by_groups.everybody() == frozenset()


async def test_nothing_is_written_by_hand_for_whoever_has_rights_by_groups(office: Office) -> None:
    ann = await admitted(office)

    with pytest.raises(Conflict):
        await office.store.staff.add(ann.model_copy(update={"role": Role.ADMIN}), "a token")
    with pytest.raises(Conflict):
        await office.store.logins.set_password("ann", "correct horse battery")

    assert await office.store.staff.everybody() == [ann]


async def test_revoking_leads_back_to_rights_by_hand(office: Office) -> None:
    await admitted(office)
    await office.store.staff.revoke("ann")

    await office.store.staff.add(Person(id="ann", role=Role.ADMIN), "a token")
    await office.store.logins.bind("ann", ISSUER, "s-1")

    assert (await admitted(office)).role is Role.ADMIN
    assert (await office.store.staff.authenticate("a token")).id == "ann"


async def test_whoever_is_entrusted_to_their_groups_has_no_other_way_in(office: Office) -> None:
    await office.store.staff.add(BY_HAND, "token-of-bea")
    await office.store.logins.set_password("bea", "correct horse battery")
    await office.store.logins.bind("bea", ISSUER, "s-1")
    cookie = await session_of(office, "bea")

    await office.store.by_groups.entrust("bea")
    await office.store.by_groups.entrust("bea")

    assert not await is_open(office, cookie)
    for way in (
        office.store.staff.authenticate("token-of-bea"),
        office.store.staff.authenticate("by groups: bea"),
        office.store.logins.by_password("bea", "correct horse battery"),
        office.store.logins.by_identity(ISSUER, "s-1"),
    ):
        with pytest.raises(Unauthenticated):
            await way
    assert (await admitted(office)).id == "bea"


async def test_nobody_is_entrusted_who_would_have_no_way_in(office: Office) -> None:
    await office.store.staff.add(BY_HAND, "token-of-bea")

    with pytest.raises(Conflict):
        await office.store.by_groups.entrust("bea")
    with pytest.raises(NotFound):
        await office.store.by_groups.entrust("nobody-known")

    assert (await office.store.staff.authenticate("token-of-bea")).id == "bea"


@pytest.mark.parametrize(
    ("called", "named"),
    [
        ("Ann.Smith@example.test", "ann.smith@example.test"),
        ("bea", "bea-"),
        ("BEA", "bea-"),
        ("policy", "policy-"),
        ("nobody", "nobody-"),
        ("", "somebody-"),
        ("a\u202enn", "somebody-"),
        ("b\u0435a", "somebody-"),
        ("x" * 101, "somebody-"),
    ],
)
async def test_a_provider_names_nobody_known_here_and_nobody_who_looks_like_them(
    office: Office, called: str, named: str
) -> None:
    await office.store.staff.add(BY_HAND, "token-of-bea")

    person = await office.store.by_groups.admit(said(called), REVIEWERS)

    assert person.id.startswith(named)
    assert len(person.id) == len(named) + (8 if named.endswith("-") else 0)
    assert BY_HAND in await office.store.staff.everybody()


async def test_two_of_one_name_are_two_people(office: Office) -> None:
    other = Identity(issuer=ISSUER, subject="s-2")

    first = await admitted(office)
    second = await office.store.by_groups.admit(said(identity=other), LEADS)

    assert first.id != second.id
    assert await admitted(office) == first


async def test_the_identity_of_somebody_revoked_may_become_somebody_elses(office: Office) -> None:
    await admitted(office)
    await office.store.staff.revoke("ann")
    await office.store.staff.add(BY_HAND, "token-of-bea")

    await office.store.logins.bind("bea", ISSUER, "s-1")

    assert await office.store.logins.by_identity(ISSUER, "s-1") == BY_HAND


async def test_signing_out_there_ends_every_session_of_one_person(office: Office) -> None:
    await admitted(office)
    await office.store.staff.add(BY_HAND, "token-of-bea")
    hers, another = await session_of(office, "ann"), await session_of(office, "bea")

    await office.store.logins.end_sessions_by(ANN)
    await office.store.logins.end_sessions_by(Identity(issuer=ISSUER, subject="unknown"))

    assert (await is_open(office, hers), await is_open(office, another)) == (False, True)
