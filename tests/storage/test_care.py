"""Limits on what somebody is shown, and breaks: kept by the routing, whoever asks how often."""

import asyncio
from datetime import timedelta

import pytest

from casework.care import CareRules
from casework.errors import Conflict, TakeABreak
from casework.records import Person
from casework.words import Severity, Verdict
from tests.storage.office import ANN, BEN, LEASE, Office

TWO = CareRules(limits={"critical": 2})
RESTED = CareRules(break_after=timedelta(minutes=90), break_lasts=timedelta(minutes=10))


async def waiting(office: Office, number: int, severity: Severity = Severity.CRITICAL) -> str:
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    await office.ask(case, severity=severity, within=timedelta(hours=number + 5))
    return case


async def served(office: Office, rules: CareRules, person: Person = ANN) -> str | None:
    """The case of a review that is claimed and given back at once."""
    claimed = await office.store.desk.claim("reviewers", person, LEASE, care=rules)
    if claimed is None:
        return None
    await office.store.desk.submit(
        claimed.review_id,
        person,
        claimed.etag,
        Verdict.DISMISS,
        reason="seen",
    )
    return claimed.case_id


async def test_a_used_up_limit_lets_the_next_case_through_that_it_does_not_cover(
    office: Office,
) -> None:
    cases = [await waiting(office, number) for number in range(3)]
    mild = await waiting(office, 3, Severity.LOW)

    mine = [await served(office, TWO) for _ in range(4)]

    assert mine == [*cases[:2], mild, None]
    assert await served(office, TWO, BEN) == cases[2]


async def test_it_is_served_again_once_the_24_hours_are_over(office: Office) -> None:
    cases = [await waiting(office, number) for number in range(3)]
    await served(office, TWO)
    office.clock.passes(timedelta(hours=1))
    await served(office, TWO)

    [full] = (await office.store.care.load("ann", TWO)).reached
    office.clock.passes(timedelta(hours=23, seconds=1))

    assert full.again_at == office.clock.now - timedelta(seconds=1)
    assert await served(office, TWO) == cases[2]


async def test_a_limit_of_a_harm_is_kept(office: Office) -> None:
    await waiting(office, 1)
    await waiting(office, 2)

    mine = [await served(office, CareRules(limits={"harassment": 1})) for _ in range(2)]

    assert mine[0] is not None
    assert mine[1] is None


async def test_a_person_s_own_limit_is_tighter_and_never_looser(office: Office) -> None:
    for number in range(3):
        await waiting(office, number)
    await office.store.aliases.of("ann")
    await office.store.aliases.of("ben")
    await office.sql("""UPDATE profiles SET limits = '{"critical": 1}' WHERE person = 'ann'""")
    await office.sql("""UPDATE profiles SET limits = '{"critical": 9}' WHERE person = 'ben'""")

    ann = [await served(office, TWO) for _ in range(2)]
    one_of_two = CareRules(limits={"critical": 1})
    ben = [await served(office, one_of_two, BEN) for _ in range(2)]

    assert [case is not None for case in (*ann, *ben)] == [True, False, True, False]


async def test_a_review_in_hand_is_not_taken_away(office: Office) -> None:
    await waiting(office, 1)
    none = CareRules(limits={"critical": 0})
    mine = await office.claim(ANN)

    again = await office.store.desk.claim("reviewers", ANN, LEASE, care=none)

    assert again is not None
    assert again.review_id == mine.review_id


async def test_asking_in_many_queues_at_once_does_not_pass_a_limit(office: Office) -> None:
    one = CareRules(limits={"critical": 1})
    desks = [f"desk_{number}" for number in range(6)]
    for number, desk in enumerate(desks):
        await waiting(office, number)
        await office.sql(f"UPDATE reviews SET desk = '{desk}' WHERE desk = 'reviewers'")

    claims = await asyncio.gather(
        *(office.store.desk.claim(desk, ANN, LEASE, care=one) for desk in desks)
    )

    assert len([claim for claim in claims if claim is not None]) == 1


async def test_who_works_on_is_refused_until_they_have_rested(office: Office) -> None:
    for number in range(22):
        await waiting(office, number, Severity.LOW)
    for _ in range(18):
        await served(office, RESTED)
        office.clock.passes(timedelta(minutes=5))

    with pytest.raises(TakeABreak) as refusal:
        await served(office, RESTED)
    assert refusal.value.retry_after == timedelta(minutes=5)
    assert await served(office, RESTED, BEN) is not None
    office.clock.passes(timedelta(minutes=5))
    assert await served(office, RESTED) is not None


async def test_nothing_is_served_during_a_break_that_somebody_takes(office: Office) -> None:
    await waiting(office, 1)
    await office.store.care.begin_break("ann", timedelta(minutes=30))
    longer = await office.store.care.begin_break("ann", timedelta(minutes=60))

    with pytest.raises(TakeABreak):
        await served(office, CareRules())
    load = await office.store.care.load("ann", CareRules())
    await office.store.care.end_break("ann")

    assert (load.on_a_break, load.rests_until) == (True, longer.until)
    assert await served(office, CareRules()) is not None
    with pytest.raises(Conflict):
        await office.store.care.end_break("ann")


async def test_a_break_that_is_asked_of_somebody_cannot_be_ended(office: Office) -> None:
    with pytest.raises(Conflict):
        await office.store.care.end_break("ann")


async def test_a_break_may_begin_again_in_the_moment_it_ended(office: Office) -> None:
    await office.store.care.begin_break("ann", timedelta(minutes=30))
    await office.store.care.end_break("ann")

    await office.store.care.begin_break("ann", timedelta(minutes=10))

    assert (await office.store.care.load("ann", CareRules())).on_a_break


async def test_an_alias_stays_and_tells_nothing(office: Office) -> None:
    both = await office.store.aliases.of_all(["ann", "ben"])
    again = await asyncio.gather(*(office.store.aliases.of("ann") for _ in range(4)))

    assert set(again) == {both["ann"]}
    assert both["ann"] != both["ben"]
    assert both["ann"].startswith("Reviewer ")
    assert "ann" not in both["ann"]


async def test_two_who_ask_first_agree_on_the_alias(office: Office) -> None:
    asked = await asyncio.gather(*(office.store.aliases.of("cat") for _ in range(4)))

    assert len(set(asked)) == 1
