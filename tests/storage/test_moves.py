"""Reviews sent to another desk: written first, laid there once, and never for somebody excluded."""

from datetime import timedelta
from typing import Any

import pytest

from casework.errors import AlreadyDecided, Conflict, Forbidden, NobodyThere, NotFound, StaleClaim
from casework.moves import Laid
from casework.profiles import Profile, Relation, RelationKind
from casework.records import Person
from casework.words import Role, Verdict
from storage.moves import SentOn
from tests.storage.office import ANN, BEN, LEASE, Office

LEA = Person(id="lea", role=Role.LEAD, queues=frozenset({"leads"}))
HATE_ONLY = Person(id="hal", role=Role.LEAD, harms=frozenset({"hate"}))
AUDITOR = Person(id="axel", role=Role.AUDITOR)


async def waiting(office: Office, *people: Person) -> str:
    """A review that waits for a person, in an office of these."""
    for person in people or (LEA,):
        await office.store.staff.add(person, f"token-of-{person.id}")
    return (await office.ask(await office.opened())).review_id


def to_the_leads(review: str) -> SentOn:
    return SentOn(review_id=review, desk="leads", why="beyond me")


def to_their_tool(review: str) -> SentOn:
    return to_the_leads(review).model_copy(update={"elsewhere": "coop"})


def laid(office: Office, desk: str = "leads") -> Laid:
    return Laid(desk=desk, due_at=office.clock.now + timedelta(hours=2))


async def test_what_is_sent_on_is_nobody_s_until_it_lies_there(office: Office) -> None:
    review = await waiting(office)
    claimed = await office.claim(ANN)

    await office.store.moves.ask(to_the_leads(review), ANN)
    between = await office.store.desk.claim("reviewers", BEN, LEASE)
    move = await office.store.moves.wanted(review)
    assert move is not None
    await office.store.moves.settle(move, laid(office))

    with pytest.raises(StaleClaim):
        await office.store.desk.extend(review, ANN, claimed.etag, LEASE)
    there = await office.claim(LEA, "leads")
    assert between is None
    assert (there.review_id, there.due_at) == (review, laid(office).due_at)


async def test_why_it_was_sent_is_a_note_for_whoever_has_it_next(office: Office) -> None:
    review = await waiting(office)
    await office.claim(ANN)

    await office.store.moves.ask(to_the_leads(review), ANN)

    [note] = (await office.store.reads.review_page(review)).notes
    assert (note.by, note.text) == ("ann", "beyond me")


async def test_asking_and_laying_twice_moves_it_once(office: Office) -> None:
    review = await waiting(office)
    case = (await office.store.reviews.review(review)).case_id
    for _ in range(2):
        await office.store.moves.ask(to_the_leads(review), ANN)
    move = await office.store.moves.wanted(review)
    assert move is not None

    await office.store.moves.settle(move, laid(office))
    office.clock.passes(timedelta(minutes=5))
    await office.store.moves.settle(move, laid(office))

    events = await office.events(case)
    assert (events.count("sent_on"), events.count("handed_over")) == (1, 1)
    assert await office.store.moves.wanted(review) is None


async def test_what_is_asked_last_counts(office: Office) -> None:
    review = await waiting(office)
    await office.store.moves.ask(to_the_leads(review), ANN)
    office.clock.passes(timedelta(seconds=1))
    await office.store.staff.add(ANN, "token-of-ann")
    await office.store.moves.ask(SentOn(review_id=review, desk="legal", why="law"), LEA)

    move = await office.store.moves.wanted(review)
    assert move is not None
    await office.store.moves.settle(move, laid(office, move.desk))

    assert move.desk == "legal"
    assert await office.store.moves.wanted(review) is None


@pytest.mark.parametrize("people", [(HATE_ONLY,), (AUDITOR,)], ids=["another harm", "no desk"])
async def test_a_desk_where_nobody_may_decide_it_is_refused(
    office: Office, people: tuple[Person, ...]
) -> None:
    review = await waiting(office, *people)

    with pytest.raises(NobodyThere):
        await office.store.moves.ask(to_the_leads(review), ANN)

    assert await office.store.moves.wanted(review) is None


@pytest.mark.parametrize(
    ("about", "skill"),
    [({"opted_out": {"harassment"}}, None), ({"languages": {"nl"}}, None),
     ({"jurisdictions": {"FR"}}, None), ({"skills": {"minors"}}, "graphic")],
)  # fmt: skip
async def test_a_desk_where_nobody_takes_such_a_review_is_refused(
    office: Office, about: dict[str, Any], skill: str | None
) -> None:
    await office.store.staff.add(LEA, "token-of-lea")
    await office.store.profiles.put(Profile(person="lea", **about), by="lea")
    case = await office.opened(context={"language": "de"})
    sent = to_the_leads((await office.ask(case)).review_id).model_copy(update={"skill": skill})

    with pytest.raises(NobodyThere):
        await office.store.moves.ask(sent, ANN)

    await office.store.profiles.put(Profile(person="lea", skills=frozenset({"graphic"})), by="lea")
    await office.store.moves.ask(sent, ANN)


async def test_what_the_desk_before_asked_of_people_is_not_asked_at_the_next(
    office: Office,
) -> None:
    await office.store.staff.add(LEA, "token-of-lea")
    review = await office.ask(await office.opened(), skill="graphic")

    await office.store.moves.ask(to_the_leads(review.review_id), ANN)

    assert await office.store.moves.wanted(review.review_id) is not None


async def test_a_desk_whose_people_only_take_a_break_is_not_empty(office: Office) -> None:
    review = await waiting(office)
    await office.store.care.begin_break("lea", timedelta(minutes=30))

    await office.store.moves.ask(to_the_leads(review), ANN)

    assert await office.store.moves.wanted(review) is not None


async def test_an_appeal_sent_to_legal_is_answered_there_alone(office: Office) -> None:
    hears = Person(id="hea", role=Role.REVIEWER, queues=frozenset({"appeals"}))
    law = Person(id="law", role=Role.REVIEWER, queues=frozenset({"legal", "reviewers"}))
    for person in (hears, law):
        await office.store.staff.add(person, f"token-of-{person.id}")
    case = await office.opened()
    await office.finish(case, await office.enforce(case, by="ann"))
    appeal = (await office.hear_appeal(case)).review_id
    claimed = await office.claim(hears, "appeals")
    await office.store.moves.ask(SentOn(review_id=appeal, desk="legal", why="law"), hears)
    move = await office.store.moves.wanted(appeal)
    assert move is not None
    await office.store.moves.settle(move, laid(office, "legal"))

    stats = await office.store.reads.queue_work()
    served = [await office.store.desk.claim("appeals", person, LEASE) for person in (hears, law)]
    with pytest.raises((StaleClaim, Forbidden)):
        await office.submit(claimed, hears, Verdict.UPHELD)
    theirs = await office.claim(law, "legal")

    assert [(stat.queue, stat.waiting, stat.unserved) for stat in stats] == [("legal", 1, 0)]
    assert served == [None, None]
    assert theirs.review_id == appeal


async def test_somebody_who_left_serves_no_desk(office: Office) -> None:
    review = await waiting(office)
    await office.store.staff.revoke(LEA.id)

    with pytest.raises(NobodyThere):
        await office.store.moves.ask(to_the_leads(review), ANN)


async def test_another_team_s_tool_serves_its_desk_but_hears_no_appeal(office: Office) -> None:
    review = await waiting(office, AUDITOR)
    case = await office.opened("det-2", item="m-2")
    await office.finish(case, await office.enforce(case, by="ann"))
    appeal = await office.hear_appeal(case)

    await office.store.moves.ask(to_their_tool(review), ANN)

    assert await office.store.moves.wanted(review) is not None
    with pytest.raises(NobodyThere):
        await office.store.moves.ask(to_their_tool(appeal.review_id), BEN)


async def test_a_desk_with_only_somebody_tied_to_the_account_is_refused(office: Office) -> None:
    review = await waiting(office)
    friend = Relation(account_id="acc-1", kind=RelationKind.RELATED)
    await office.store.profiles.declare("lea", [friend], by="lea")

    with pytest.raises(NobodyThere):
        await office.store.moves.ask(to_the_leads(review), ANN)


async def test_a_desk_with_only_those_who_answered_before_is_refused(office: Office) -> None:
    review = await waiting(office, LEA)
    case = (await office.store.reviews.review(review)).case_id
    await office.store.reviews.hand_over(review, "leads", office.clock.now + timedelta(hours=1))
    first = await office.submit(await office.claim(LEA, "leads"), LEA)
    await office.store.reviews.keep_as_first(first)
    await office.store.reviews.hand_over(review, "reviewers", office.clock.now)

    with pytest.raises(NobodyThere):
        await office.store.moves.ask(to_the_leads(review), ANN)

    assert "sent_on" not in await office.events(case)


async def test_what_lies_there_or_is_being_answered_or_is_over_is_not_moved(
    office: Office,
) -> None:
    review = await waiting(office)
    here = SentOn(review_id=review, desk="reviewers", why="?")
    with pytest.raises(Conflict):
        await office.store.moves.ask(here, ANN)

    claimed = await office.claim(ANN)
    await office.submit(claimed, ANN)
    with pytest.raises(Conflict):
        await office.store.moves.ask(to_the_leads(review), LEA)

    case = claimed.case_id
    await office.dismiss(case, by="ann", closes=review, step="1/first")
    with pytest.raises(AlreadyDecided):
        await office.store.moves.ask(to_the_leads(review), LEA)


async def test_a_decision_ends_the_wish_to_send_it_on(office: Office) -> None:
    review = await waiting(office)
    case = (await office.store.reviews.review(review)).case_id
    await office.store.moves.ask(to_the_leads(review), ANN)
    before = await office.store.moves.untold(timedelta())
    await office.dismiss(case, by="ann", closes=review, step="1/first")

    after = await office.store.moves.untold(timedelta())

    assert [each.review_id for each in before] == [review]
    assert after == []
    assert await office.store.moves.wanted(review) is None


async def test_nothing_can_be_sent_on_that_waits_for_nobody(office: Office) -> None:
    case = await office.opened()

    with pytest.raises(NotFound):
        await office.store.moves.waiting(case)


async def test_whoever_lost_the_claim_hands_in_nothing_any_more(office: Office) -> None:
    review = await waiting(office)
    claimed = await office.claim(ANN)
    await office.store.moves.ask(to_the_leads(review), LEA)

    with pytest.raises((StaleClaim, Forbidden)):
        await office.submit(claimed, ANN)
