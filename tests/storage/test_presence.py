"""Who has a review open, and who is told of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.records import Person
from casework.words import Role
from storage.presence import KEPT_FOR, SHOWN_FOR, others
from storage.tables import presence
from tests.storage.office import ANN, BEN, Office

LEA = Person(id="lea", role=Role.LEAD)


@pytest.fixture
async def review(office: Office) -> str:
    """One that Ann holds, in a house where Ben and Lea work too."""
    for person in (ANN, BEN, LEA):
        await office.store.staff.add(person, f"token-of-{person.id}")
    await office.ask(await office.opened())
    return (await office.claim(ANN)).review_id


async def there(office: Office, review: str) -> list[tuple[str, bool]]:
    people = (await office.store.presence.at([review]))[review]
    return [(each.person, each.holds) for each in people]


async def test_whoever_was_seen_just_now_is_there(office: Office, review: str) -> None:
    await office.store.presence.note([(review, "ann"), (review, "lea")])
    await office.store.presence.note([(review, "lea")])

    found = await office.store.presence.at([review])

    assert [each.person for each in found[review]] == ["ann", "lea"]
    assert [each.person for each in others(found, review, "ann")] == ["lea"]
    assert await there(office, review) == [("ann", True), ("lea", False)]


async def test_whoever_gives_no_sign_of_life_is_gone(office: Office, review: str) -> None:
    await office.store.presence.note([(review, "lea")])
    office.clock.passes(SHOWN_FOR)

    assert await there(office, review) == []


async def test_old_signs_of_life_are_swept_away(office: Office, review: str) -> None:
    await office.store.presence.note([(review, "lea")])
    office.clock.passes(KEPT_FOR + timedelta(seconds=1))
    await office.store.presence.note([(review, "ann")])

    async with office.store.database.reading() as tx:
        kept = [row.person for row in await tx.rows(select(presence.c.person))]
    assert kept == ["ann"]


async def test_a_second_opinion_does_not_know_who_gave_the_first(
    office: Office, review: str
) -> None:
    await office.store.presence.note([(review, "ann"), (review, "ben")])
    await office.sql("UPDATE claims SET submission_state = 'first'")

    assert [name for name, _ in await there(office, review)] == ["ben"]


async def test_whoever_may_not_decide_it_is_not_shown_either(office: Office, review: str) -> None:
    await office.store.presence.note([(review, "ann"), (review, "lea")])
    await office.sql(f"INSERT INTO exclusions VALUES ('{review}', 'lea')")

    assert [name for name, _ in await there(office, review)] == ["ann"]


async def test_nobody_is_told_at_a_decision_that_is_looked_at_again_blindly(
    office: Office, review: str
) -> None:
    await office.store.presence.note([(review, "lea")])
    await office.sql("UPDATE reviews SET hearing = 'quality'")

    assert await there(office, review) == []


async def test_those_who_oversee_and_whoever_holds_it_may_see(office: Office, review: str) -> None:
    book = office.store.presence

    seeing = [
        person.id
        for person in (ANN, BEN, LEA)
        if await book.may_see(review, person.id, person.role)
    ]

    assert seeing == ["ann", "lea"]
    assert await book.may_be_seen(review, "ann")
    assert not await book.may_be_seen(review, "ben")
