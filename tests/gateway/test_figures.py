"""The desks' figures, over HTTP and on the wall-board."""

from datetime import timedelta

from tests.gateway.browser import browser
from tests.gateway.counter import Counter
from tests.gateway.listening import listening


async def test_figures_are_those_of_the_caller_s_queues(counter: Counter) -> None:
    await counter.in_review()

    whole = (await counter.ask("lena", "GET", "/v1/desk/figures")).json()
    other = (await counter.ask("lena", "GET", "/v1/desk/figures?queue=leads")).json()

    assert [queue["queue"] for queue in whole["queues"]] == ["reviewers"]
    assert sum(whole["due"].values()) == 1
    assert (whole["steps"][-1]["opened"], whole["steps"][-1]["open"]) == (1, 1)
    assert (other["queues"], sum(other["due"].values())) == ([], 0)


async def test_figures_are_made_once_in_ten_seconds_for_all_who_ask(counter: Counter) -> None:
    first = (await counter.ask("lena", "GET", "/v1/desk/figures")).json()
    await counter.in_review()
    counter.watch.passes(timedelta(seconds=9))
    same = (await counter.ask("otto", "GET", "/v1/desk/figures")).json()
    counter.watch.passes(timedelta(seconds=1))

    anew = (await counter.ask("otto", "GET", "/v1/desk/figures")).json()

    assert same == first
    assert sum(anew["due"].values()) == 1


async def test_the_wall_board_shows_them_without_scripts_too(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "lena") as person:
        page = (await person.open("/console/board")).text

    assert 'data-board="due:reviewers:in_4_h"' in page
    assert "The last eight hours as a table" in page


async def test_reviewers_are_not_shown_the_wall_board(counter: Counter) -> None:
    async with browser(counter, "rita") as person:
        page = await person.open("/console/board")

    assert page.status_code == 403


async def test_figures_are_told_only_to_the_wall_board(counter: Counter) -> None:
    await counter.in_review()
    async with (
        listening(counter, "lena", "board=1") as board,
        listening(counter, "rita", "board=1") as page,
    ):
        told = await board.next("figures")
        await page.next("queues")

    assert sum(told["figures"]["due"].values()) == 1
    assert "figures" not in [event.name for event in page.events]
