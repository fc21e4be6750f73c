"""Pages that are kept true while they are open, in a real browser."""

from playwright.async_api import Page

from tests.gateway.conftest import Opening
from tests.gateway.test_pages_in_a_browser import fits, screen, served, sign_in
from tests.gateway.test_pages_in_a_browser import pytestmark as _pytestmark

pytestmark = _pytestmark


def refusals(page: Page) -> list[str]:
    """What the browser refused because of the page's own policy, as it happens."""
    refused: list[str] = []
    page.on(
        "console",
        lambda said: refused.append(said.text) if "Content Security" in said.text else None,
    )
    return refused


async def test_the_queues_are_kept_true_while_the_page_is_open(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, seen):
        refused = refusals(page)
        await counter.in_review()
        await sign_in(page, "rita", address)
        waiting = "[data-live='queues:reviewers:waiting']"
        before = await page.inner_text(waiting)

        await counter.in_review(detection_id="d-2", item={"type": "message", "id": "m-2"})
        await page.wait_for_selector(f"{waiting}:text-is('2')")

        assert before == "1"
        assert "waiting" in await page.inner_text("[data-live=total]")
        assert (refused, seen.errors, seen.outside) == ([], [], [])


async def test_a_page_says_since_when_it_is_not_up_to_date(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await counter.in_review()
        await sign_in(page, "rita", address)
        await page.wait_for_selector("html[data-live-is=fresh]")

        counter.app.state.live.close()

        await page.wait_for_selector("[data-live-broken]:not([hidden])")
        assert "Not up to date since" in await page.inner_text("[data-live-broken]")


async def test_the_wall_board_draws_and_fits_its_screen(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address, 1_920) as (page, seen):
        refused = refusals(page)
        await page.set_viewport_size({"width": 1_920, "height": 1_080})
        for number in range(3):
            item = {"type": "message", "id": f"m-{number}"}
            await counter.in_review(detection_id=f"d-{number}", item=item)

        await sign_in(page, "lena", address, "/console/board")
        await page.wait_for_selector("[data-board-chart=open] canvas")
        await page.wait_for_selector("[data-live='queues:reviewers:waiting']:text-is('3')")

        height = await page.evaluate("document.documentElement.scrollHeight")
        assert height <= 1_080
        assert await page.locator("[data-board-chart] canvas").count() == 2
        assert (refused, seen.errors, seen.outside) == ([], [], [])


async def test_the_wall_board_fits_a_phone(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address, 390) as (page, _):
        await counter.in_review()

        await sign_in(page, "lena", address, "/console/board")
        await page.wait_for_selector("[data-board-chart=open] canvas")

        assert await fits(page, 390)
