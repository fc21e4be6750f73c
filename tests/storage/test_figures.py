"""What is due when, what came and went, and how long it waited."""

from datetime import timedelta

from storage.figures import STEPS, Due
from tests.storage.office import ANN, Office


async def asked(office: Office, number: int, within: timedelta) -> str:
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    await office.ask(case, within=within)
    return case


async def test_an_empty_house_has_figures_too(office: Office) -> None:
    figures = (await office.store.figures.all()).of(["reviewers"])

    assert (figures.due, figures.queues, figures.waits.claimed) == (Due(), (), 0)
    assert len(figures.steps) == STEPS
    assert {(step.opened, step.closed, step.open) for step in figures.steps} == {(0, 0, 0)}


async def test_open_reviews_are_told_apart_by_the_time_left(office: Office) -> None:
    for number, minutes in enumerate((1, 10, 15, 50, 200, 1_000, 5_000)):
        await asked(office, number, timedelta(minutes=minutes))
    office.clock.passes(timedelta(minutes=5))

    figures = await office.store.figures.all()

    [desk] = figures.of(["reviewers"]).queues
    assert desk.due == Due(overdue=1, in_15_min=2, in_1_h=1, in_4_h=1, in_24_h=1, later=1)
    assert desk.due.open == 7
    assert figures.of(["leads"]).due == Due()


async def test_what_comes_and_what_is_decided_is_counted_in_steps_of_five_minutes(
    office: Office,
) -> None:
    first = await asked(office, 1, timedelta(hours=4))
    office.clock.passes(timedelta(minutes=10))
    await asked(office, 2, timedelta(hours=4))
    claimed = await office.claim(ANN)
    await office.submit(claimed)
    await office.dismiss(first, by="ann", closes=claimed.review_id, step="1/first")

    steps = (await office.store.figures.all()).of(["reviewers"]).steps

    assert [(s.opened, s.closed, s.open) for s in steps[-3:]] == [(1, 0, 1), (0, 0, 1), (1, 1, 1)]
    assert {(s.opened, s.closed, s.open) for s in steps[:-3]} == {(0, 0, 0)}


async def test_what_is_older_than_eight_hours_is_only_counted_as_open(office: Office) -> None:
    await asked(office, 1, timedelta(hours=40))
    office.clock.passes(timedelta(hours=9))

    steps = (await office.store.figures.all()).of(["reviewers"]).steps

    assert {(step.opened, step.closed, step.open) for step in steps} == {(0, 0, 1)}


async def test_waits_run_from_opening_to_the_first_claim(office: Office) -> None:
    for number in range(3):
        await asked(office, number, timedelta(hours=4))
    waited = []
    for minutes in (1, 2, 7):
        office.clock.passes(timedelta(minutes=minutes))
        claimed = await office.claim(ANN)
        waited.append(claimed.review_id)
        await office.submit(claimed)
    office.clock.passes(timedelta(hours=1))

    waits = (await office.store.figures.all()).of(["reviewers"]).waits

    assert len(set(waited)) == 3
    assert (waits.claimed, waits.p50_s) == (3, 180)
    assert waits.p90_s == round(180 + 0.8 * 420)
