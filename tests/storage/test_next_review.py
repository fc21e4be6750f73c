"""The next review is found by index, and what others take at the same moment is passed over."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, event, text

from casework.queueing import QueueRules
from casework.records import Person
from casework.words import Role, Severity
from storage.engine import Transaction
from tests.storage.office import ANN, LEASE, Office


async def waiting(office: Office, number: int, severity: Severity, within: timedelta) -> str:
    office.clock.passes(timedelta(seconds=1))
    case = await office.opened(f"det-{number}", item=f"m-{number}", account=f"u-{number}")
    review = await office.ask(case, severity=severity, within=within)
    return review.review_id


async def in_every_band(office: Office) -> list[str]:
    """Two in each, the first to be served first."""
    spans = (timedelta(minutes=5), timedelta(minutes=40), timedelta(hours=3), timedelta(hours=9))
    places = [(severity, within) for severity in Severity for within in spans for _ in range(2)]
    return [await waiting(office, n, *place) for n, place in enumerate(places)]


@contextmanager
def heard() -> Iterator[list[tuple[Select[Any], Connection]]]:
    """The selects that are made meanwhile."""
    said: list[tuple[Select[Any], Connection]] = []

    def hear(connection: Connection, statement: object, *_: object) -> None:
        if isinstance(statement, Select):
            said.append((statement, connection))

    event.listen(Engine, "before_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_execute", hear)


async def plan(tx: Transaction, statement: Select[Any], connection: Connection) -> str:
    if tx.is_postgresql:
        await tx.execute(text("SET LOCAL enable_sort = off"))  # the table is too small to matter
    words = statement.compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    ).string
    how = "EXPLAIN" if tx.is_postgresql else "EXPLAIN QUERY PLAN"
    rows = await tx.rows(text(f"{how} {words}".replace(":", r"\:")))
    return "\n".join(str(row[-1]) for row in rows)


async def test_people_who_claim_at_once_are_served_all_there_is_between_them(
    office: Office,
) -> None:
    reviews = await in_every_band(office)
    people = [Person(id=f"p-{n}", role=Role.REVIEWER) for n in range(len(reviews))]

    claims = await asyncio.gather(
        *(office.store.desk.claim("reviewers", person, LEASE) for person in people)
    )

    assert sorted(claim.review_id for claim in claims if claim is not None) == sorted(reviews)


async def test_bands_are_served_one_after_the_other(office: Office) -> None:
    reviews = await in_every_band(office)
    served = []

    for number in range(len(reviews)):
        claimed = await office.claim(Person(id=f"p-{number}", role=Role.REVIEWER))
        served.append(claimed.review_id)

    assert served == reviews


async def test_a_band_that_somebody_else_is_taking_at_this_moment_is_passed_over(
    office: Office,
) -> None:
    first = await waiting(office, 1, Severity.CRITICAL, timedelta(minutes=5))
    second = await waiting(office, 2, Severity.LOW, timedelta(hours=9))
    if not office.store.database.is_postgresql:
        return  # one writer at a time: nobody else can be taking it at this moment

    async with office.store.database.transaction() as tx:
        await tx.execute(
            text("SELECT 1 FROM reviews WHERE review_id = :mine FOR UPDATE").bindparams(mine=first)
        )
        claimed = await office.claim()

    assert claimed.review_id == second


async def test_the_next_review_is_found_in_its_band_alone(office: Office) -> None:
    await in_every_band(office)

    with heard() as said:
        await office.claim()

    [found] = [each for each in said if "reviews.spread" in str(each[0]._order_by_clause)]
    async with office.store.database.transaction() as tx:
        shown = await plan(tx, *found)
    if office.store.database.is_postgresql:
        assert "Index Scan using ix_reviews_served" in shown
        assert "Sort" not in shown
    else:  # it would rather sort the band
        assert "ix_reviews_due (desk=? AND stakes=? AND due_at>? AND due_at<?)" in shown


async def test_what_has_waited_longest_is_found_by_its_index(office: Office) -> None:
    await waiting(office, 1, Severity.LOW, timedelta(hours=9))
    office.clock.passes(timedelta(hours=5))
    rules = QueueRules(oldest_every=2)
    await waiting(office, 2, Severity.LOW, timedelta(hours=9))
    first = await office.store.desk.claim("reviewers", ANN, LEASE, rules)
    assert first is not None
    await office.store.desk.release(first.review_id, ANN, first.etag)

    with heard() as said:
        claimed = await office.store.desk.claim("reviewers", ANN, LEASE, rules)

    assert claimed is not None
    [found] = [
        each for each in said if str(each[0]._order_by_clause).startswith("reviews.opened_at")
    ]
    async with office.store.database.transaction() as tx:
        shown = await plan(tx, *found)
    assert "ix_reviews_oldest" in shown
