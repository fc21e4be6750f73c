"""Who is served what: languages, places, skills, opting out, and no conflict of interest."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from casework.errors import ConflictOfInterest, NotFound
from casework.profiles import Needs, Profile, Relation, RelationKind
from casework.records import Person
from casework.words import Channel
from storage.routing import judged_by
from storage.tables import audit, reviews
from tests.storage.office import ANN, BEN, LEASE, Office

TOLD = ("profile_changed", "relation_declared")
LISTS = ("jurisdictions", "languages", "skills", "opted_out")
GERMAN: dict[str, Any] = {"context": {"language": "de-AT"}}


@pytest.fixture(autouse=True)
async def staffed(office: Office) -> None:
    for person in (ANN, BEN):
        await office.store.staff.add(person, f"token-{person.id}")


async def waiting(office: Office, skill: str | None = None, **more: Any) -> str:
    case = await office.opened(item="m-1", **more)
    await office.ask(case, skill=skill)
    return case


async def profiled(office: Office, **about: Any) -> None:
    await office.store.profiles.put(Profile(person="ann", **about), by="lena")


async def related(office: Office, account: str, kind: RelationKind = RelationKind.RELATED) -> None:
    await office.store.profiles.declare("ann", [Relation(account_id=account, kind=kind)], by="ann")


def profiles_of_all_kinds() -> list[Profile]:
    places: Sequence[list[str]] = ([], ["EU"], ["DE"], ["DE-BY"], ["EU", "US-CA"], ["GB", "CH"])
    spoken: Sequence[list[str]] = ([], ["de"], ["nl", "cy"])
    return [
        Profile.model_validate({"person": "ann", **dict(zip(LISTS, said, strict=True))})
        for said in product(places, spoken, ([], ["graphic"]), ([], ["harassment"]))
    ]


async def served(office: Office, person: Person = ANN) -> str | None:
    claimed = await office.store.desk.claim("reviewers", person, LEASE)
    return None if claimed is None else claimed.case_id


@pytest.mark.parametrize(
    ("about", "fits"),
    [
        ({}, True),
        ({"languages": {"de"}}, True),
        ({"languages": {"en", "nl"}}, False),
        ({"jurisdictions": {"DE"}}, True),
        ({"jurisdictions": {"EU"}}, True),
        ({"jurisdictions": {"FR", "US-CA"}}, False),
        ({"opted_out": {"harassment"}}, False),
        ({"opted_out": {"hate"}}, True),
        ({"skills": {"graphic"}}, True),
    ],
)
async def test_a_review_goes_to_whom_it_fits(
    office: Office, about: dict[str, Any], fits: bool
) -> None:
    case = await waiting(office, **GERMAN)
    await profiled(office, **about)

    got = await served(office)

    assert got == (case if fits else None)


async def test_what_is_in_no_known_language_is_for_everybody(office: Office) -> None:
    case = await waiting(office)
    await profiled(office, languages={"nl"})

    got = await served(office)

    assert got == case


@pytest.mark.parametrize(("skills", "fits"), [((), False), (("minors", "graphic"), True)])
async def test_a_desk_that_asks_for_a_skill_gets_people_who_have_it(
    office: Office, skills: tuple[str, ...], fits: bool
) -> None:
    case = await waiting(office, skill="graphic")
    await profiled(office, skills=frozenset(skills))

    got = await served(office)

    assert got == (case if fits else None)


async def test_the_database_finds_the_reviews_that_a_profile_takes(office: Office) -> None:
    places = (None, "EU", "DE", "DE-BY", "GR", "GB", "US", "US-CA", "CH")
    every: dict[str, Needs] = {}
    for place, language, skill in product(places, (None, "de", "cy"), (None, "graphic")):
        name, context = f"m-{len(every)}", {"language": language}
        case = await office.opened(f"det-{name}", item=name, jurisdiction=place, context=context)
        await office.ask(case, skill=skill)
        every[case] = Needs(harm="harassment", language=language, jurisdiction=place, skill=skill)

    for profile in profiles_of_all_kinds():
        async with office.store.database.reading() as tx:
            rows = await tx.rows(select(reviews.c.case_id).where(*judged_by(profile)))
        expected = {case for case, needs in every.items() if profile.takes(needs)}
        assert {row.case_id for row in rows} == expected, profile


@pytest.mark.parametrize("kind", RelationKind)
async def test_nobody_is_served_a_case_of_an_account_they_are_tied_to(
    office: Office, kind: RelationKind
) -> None:
    case = await waiting(office, account="a-friend")
    await related(office, "a-friend", kind)

    assert (await served(office, ANN), await served(office, BEN)) == (None, case)


async def test_nobody_is_served_what_an_account_of_theirs_reported(office: Office) -> None:
    case = await waiting(office, channel=Channel.USER_REPORT, reporter="ann-at-home")
    await related(office, "ann-at-home", RelationKind.OWN)

    assert (await served(office, ANN), await served(office, BEN)) == (None, case)


async def test_a_report_of_theirs_counts_also_when_it_joins_later(office: Office) -> None:
    await waiting(office)
    await related(office, "ann-at-home", RelationKind.OWN)
    report = office.detection(
        "det-2", item="m-1", channel=Channel.USER_REPORT, reporter="ann-at-home"
    )
    await office.receive(report)

    got = await served(office)

    assert got is None


async def test_nobody_decides_their_own_appeal(office: Office) -> None:
    case = await office.opened(account="ann-at-home")
    await office.finish(case, await office.enforce(case))
    await office.hear_appeal(case)
    await related(office, "ann-at-home", RelationKind.OWN)

    got = await office.store.desk.claim("appeals", ANN, LEASE)

    assert got is None


async def test_a_relation_declared_under_a_claim_refuses_the_decision(office: Office) -> None:
    await waiting(office, account="a-friend")
    claimed = await office.claim(ANN)
    await related(office, "a-friend")

    with pytest.raises(ConflictOfInterest):
        await office.submit(claimed, ANN)


async def test_a_relation_taken_back_opens_the_cases_again(office: Office) -> None:
    case = await waiting(office, account="a-friend")
    await related(office, "a-friend")

    await office.store.profiles.withdraw("ann", ["a-friend"], by="lena")

    assert await served(office) == case
    assert await office.store.profiles.relations("ann") == ()


async def test_a_profile_is_read_as_it_was_written(office: Office) -> None:
    written = Profile(
        person="ann",
        languages=frozenset({"DE", "en"}),
        jurisdictions=frozenset({"eu"}),
        skills=frozenset({"graphic"}),
        opted_out=frozenset({"hate"}),
        limits={"graphic_a_day": 20},
        alias="heron",
    )

    await office.store.profiles.put(written, by="lena")

    assert await office.store.profiles.get("ann") == written
    assert written.languages == {"de", "en"}


async def test_a_profile_of_nobody_is_refused(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.profiles.put(Profile(person="zoe"), by="lena")


async def test_profiles_and_relations_are_audited_without_the_account(office: Office) -> None:
    await profiled(office, languages={"de"})
    await profiled(office, languages={"de"})
    await related(office, "a-friend")
    await related(office, "a-friend")

    async with office.store.database.reading() as tx:
        lines = await tx.rows(select(audit).where(audit.c.event.in_(TOLD)).order_by(audit.c.seq))

    assert [(line.event, line.actor) for line in lines] == [(TOLD[0], "lena"), (TOLD[1], "ann")]
    assert "a-friend" not in str(lines)
