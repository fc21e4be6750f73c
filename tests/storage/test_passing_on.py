"""Putting a review aside, giving it to a colleague, leaving it to others."""

from datetime import timedelta

import pytest

from casework.care import CareRules
from casework.errors import Conflict, Malformed, NotTheirs, StaleClaim
from casework.records import Person
from casework.words import Role, SkipReason
from storage.claiming import Terms
from storage.desk import ClaimedReview
from storage.passing_on import InHand
from tests.storage.office import ANN, BEN, LEASE, Office

HOUR = timedelta(hours=1)
TERMS = Terms(lease=LEASE)
CAL = Person(id="cal", role=Role.REVIEWER)
HATE_ONLY = Person(id="hal", role=Role.REVIEWER, harms=frozenset({"hate"}))
ADA = Person(id="ada", role=Role.ADMIN)


async def held(office: Office, person: Person = ANN, number: int = 1) -> ClaimedReview:
    """A review in somebody's hands; it is due in four hours."""
    await office.ask(await office.opened(f"det-{number}", item=f"m-{number}"))
    return await office.claim(person)


async def staffed(office: Office, *people: Person) -> None:
    for person in people:
        await office.store.staff.add(person, f"token-{person.id}")


async def next_of(office: Office, person: Person) -> str | None:
    claimed = await office.store.desk.claim("reviewers", person, LEASE)
    return None if claimed is None else claimed.review_id


def hand(claimed: ClaimedReview, person: Person = ANN) -> InHand:
    return InHand(review_id=claimed.review_id, person=person, etag=claimed.etag)


async def put_aside(office: Office, claimed: ClaimedReview, span: timedelta = HOUR) -> None:
    until = office.clock.now + span
    await office.store.passing.hold(hand(claimed), until, "I asked the floor lead", TERMS)


async def notes(office: Office, claimed: ClaimedReview) -> list[str]:
    page = await office.store.reads.review_page(claimed.review_id)
    return [note.text for note in page.notes]


async def test_what_is_put_aside_is_served_to_nobody_until_it_wakes(office: Office) -> None:
    claimed = await held(office)

    await put_aside(office, claimed)

    office.clock.passes(HOUR - timedelta(seconds=1))
    assert (await next_of(office, ANN), await next_of(office, BEN)) == (None, None)
    assert await notes(office, claimed) == ["I asked the floor lead"]


async def test_what_wakes_waits_for_whoever_put_it_aside_first(office: Office) -> None:
    claimed = await held(office)
    await put_aside(office, claimed)
    office.clock.passes(HOUR)

    for_ben = await next_of(office, BEN)
    for_ann = await office.claim(ANN)

    assert (for_ben, for_ann.review_id) == (None, claimed.review_id)
    assert for_ann.why_now[0].says == "kept for you"


async def test_what_woke_and_was_not_taken_up_again_is_for_anybody(office: Office) -> None:
    claimed = await held(office)
    await put_aside(office, claimed)
    office.clock.passes(HOUR + LEASE)

    for_ben = await next_of(office, BEN)

    assert for_ben == claimed.review_id


@pytest.mark.parametrize("span", [timedelta(0), timedelta(hours=4, seconds=1)])
async def test_nothing_is_put_aside_into_the_past_or_beyond_its_deadline(
    office: Office, span: timedelta
) -> None:
    claimed = await held(office)

    with pytest.raises(Malformed):
        await put_aside(office, claimed, span)

    assert await office.store.desk.held(claimed.review_id, ANN) == claimed


async def test_the_story_s_next_desk_does_not_wait_for_the_sleeper(office: Office) -> None:
    claimed = await held(office)
    await put_aside(office, claimed)

    due_at = office.clock.now + HOUR
    await office.store.reviews.hand_over(claimed.review_id, "leads", due_at)

    served = await office.store.desk.claim("leads", BEN, LEASE)
    assert served is not None


async def test_what_is_handed_over_is_kept_for_the_colleague_for_a_lease(office: Office) -> None:
    await staffed(office, ANN, BEN)
    claimed = await held(office)

    await office.store.passing.hand_over(hand(claimed), "ben", "you speak Dutch", TERMS)

    assert (await next_of(office, ANN), await next_of(office, CAL)) == (None, None)
    assert (await office.claim(BEN)).why_now[0].says == "kept for you"
    assert await notes(office, claimed) == ["you speak Dutch"]


async def test_what_the_colleague_does_not_take_goes_back_to_all(office: Office) -> None:
    await staffed(office, ANN, BEN)
    claimed = await held(office)
    await office.store.passing.hand_over(hand(claimed), "ben", "you speak Dutch", TERMS)
    office.clock.passes(LEASE)

    for_cal = await next_of(office, CAL)

    assert for_cal == claimed.review_id


@pytest.mark.parametrize("to", ["ann", "nobody", "hal", "ada", "gone"])
async def test_nothing_is_handed_to_somebody_who_may_not_have_it(office: Office, to: str) -> None:
    await staffed(office, ANN, HATE_ONLY, ADA, Person(id="gone", role=Role.REVIEWER))
    await office.store.staff.revoke("gone")
    claimed = await held(office)

    with pytest.raises(NotTheirs):
        await office.store.passing.hand_over(hand(claimed), to, "please", TERMS)

    assert await office.store.desk.held(claimed.review_id, ANN) == claimed


async def test_nothing_is_handed_to_somebody_whose_limit_is_used_up(office: Office) -> None:
    await staffed(office, ANN, BEN, CAL)
    await held(office, BEN, 1)
    claimed = await held(office, ANN, 2)
    one = Terms(lease=LEASE, care=CareRules(limits={"high": 1}))

    named = await office.store.passing.colleagues(claimed.review_id, ANN, one.care)
    with pytest.raises(NotTheirs):
        await office.store.passing.hand_over(hand(claimed), "ben", "please", one)
    await office.store.passing.hand_over(hand(claimed), "cal", "please", one)

    assert named == ("cal",)


async def test_nothing_is_handed_to_somebody_who_is_on_a_break(office: Office) -> None:
    await staffed(office, ANN, BEN, CAL)
    claimed = await held(office)
    await office.store.care.begin_break("ben", HOUR)

    during = await office.store.passing.colleagues(claimed.review_id, ANN)
    with pytest.raises(NotTheirs):
        await office.store.passing.hand_over(hand(claimed), "ben", "please", TERMS)
    await office.store.care.end_break("ben")

    assert during == ("cal",)
    assert await office.store.passing.colleagues(claimed.review_id, ANN) == ("ben", "cal")


async def test_nothing_is_handed_back_to_whoever_left_it_to_others(office: Office) -> None:
    await staffed(office, ANN, BEN)
    skipped = await held(office, BEN)
    await office.store.passing.skip(hand(skipped, BEN), SkipReason.UNCLEAR, "", HOUR)
    claimed = await office.claim(ANN)

    with pytest.raises(NotTheirs):
        await office.store.passing.hand_over(hand(claimed), "ben", "please", TERMS)

    office.clock.passes(HOUR)
    again = await office.claim(ANN)
    await office.store.passing.hand_over(hand(again), "ben", "please", TERMS)


async def test_whoever_may_have_it_is_named(office: Office) -> None:
    await staffed(office, ANN, BEN, CAL, HATE_ONLY, ADA)
    claimed = await held(office)
    await office.store.passing.skip(hand(claimed), SkipReason.KNOW_THE_PERSON, "", HOUR)
    again = await office.claim(BEN)

    named = await office.store.passing.colleagues(again.review_id, BEN)

    assert named == ("cal",)


async def test_what_is_skipped_goes_to_others_and_comes_back_later(office: Office) -> None:
    claimed = await held(office)

    await office.store.passing.skip(hand(claimed), SkipReason.NOT_MY_LANGUAGE, "Welsh?", HOUR)

    assert await next_of(office, ANN) is None
    office.clock.passes(HOUR)
    assert await next_of(office, ANN) == claimed.review_id
    assert await notes(office, claimed) == ["Welsh?"]


async def test_whoever_knows_the_person_is_never_served_anything_of_that_account(
    office: Office,
) -> None:
    claimed = await held(office)

    await office.store.passing.skip(hand(claimed), SkipReason.KNOW_THE_PERSON, "", HOUR)

    await office.ask(await office.opened("det-2", item="m-2"))
    office.clock.passes(timedelta(days=30))
    assert await next_of(office, ANN) is None


async def test_passing_on_twice_is_passing_on_once(office: Office) -> None:
    await staffed(office, ANN, BEN)
    first = await held(office)
    await put_aside(office, first)
    await put_aside(office, first)
    second = await held(office, ANN, 2)
    await office.store.passing.hand_over(hand(second), "ben", "please", TERMS)
    await office.store.passing.hand_over(hand(second), "ben", "please", TERMS)
    third = await held(office, ANN, 3)
    await office.store.passing.skip(hand(third), SkipReason.UNCLEAR, "", HOUR)
    await office.store.passing.skip(hand(third), SkipReason.UNCLEAR, "", HOUR)

    told = [event for each in (first, second, third) for event in await office.events(each.case_id)]

    counted = [told.count(event) for event in ("put_aside", "handed_on", "skipped")]
    assert counted == [1, 1, 1]


async def test_nothing_is_passed_on_without_a_live_claim(office: Office) -> None:
    await staffed(office, ANN, BEN)
    claimed = await held(office)
    office.clock.passes(LEASE)

    with pytest.raises(StaleClaim):
        await put_aside(office, claimed)
    with pytest.raises(StaleClaim):
        await office.store.passing.hand_over(hand(claimed), "ben", "please", TERMS)
    with pytest.raises(StaleClaim):
        await office.store.passing.skip(hand(claimed), SkipReason.UNCLEAR, "", HOUR)


async def test_nothing_is_passed_on_once_it_is_decided(office: Office) -> None:
    claimed = await held(office)
    await office.submit(claimed)

    with pytest.raises(Conflict):
        await put_aside(office, claimed)
