"""The pages that need no sign-in, in a real browser: readable, reachable, and quiet."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from tests.gateway.conftest import Opening
from tests.gateway.counter import Counter
from tests.gateway.test_pages_in_a_browser import CHROMIUM, fits, reach, screen, served

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
SECRET = "correct horse battery"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
    pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core here"),
]


async def complaints(page: Page) -> list[str]:
    """What axe-core finds, as `rule: where`. Evaluated, so the page's own policy stays as it is."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run(document)")
    return [
        f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]
    ]


async def every_state(counter: Counter) -> dict[str, str]:
    """A path for each way the page can look."""
    german = {"id": "u-1", "jurisdiction": "DE"}
    paths = {"unknown": "/appeals/x", "sign-in": "/console/sign-in"}
    for state in ("possible", "filed", "upheld", "overturned"):
        item = {"type": "message", "id": f"m-{state}", "text": f"words {'w' * 200} \u202eand more"}
        _, token = await counter.enforced(detection_id=state, item=item, account=german)
        paths[state] = f"/appeals/{token}"
        if state == "possible":
            continue
        await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "w" * 300})
        if state != "filed":
            await counter.appeal_heard()
            await counter.appeal_answered({"upheld": "uphold", "overturned": "overturn"}[state])
    return paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_the_open_pages_are_for_everybody(
    opening: Opening, scheme: Literal["light", "dark"], width: int
) -> None:
    async with served(opening) as (counter, address), screen(address, width) as (page, seen):
        await counter.store.logins.set_password("rita", SECRET)
        await page.emulate_media(color_scheme=scheme)
        for state, path in (await every_state(counter)).items():
            await page.goto(address + path)

            assert await complaints(page) == [], state
            assert await fits(page, width), state
        assert (seen.outside, seen.dialogs, seen.errors) == ([], [], [])


async def test_an_appeal_is_sent_with_the_keyboard_alone(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address, 390) as (page, _):
        _, token = await counter.enforced()
        await page.goto(f"{address}/appeals/{token}")

        await reach(page, "a[href='#your-appeal']")
        await page.keyboard.press("Enter")
        await reach(page, "textarea")
        await page.keyboard.type("it was a joke")
        await reach(page, "form button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[aria-current=step]")

        assert "it was a joke" in await page.inner_text("bdi >> nth=0")


async def test_somebody_signs_in_with_a_password_and_the_keyboard(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await counter.store.logins.set_password("rita", SECRET)
        await page.goto(f"{address}/console/")

        await page.wait_for_selector("#username:focus")
        await page.keyboard.type("rita")
        await page.keyboard.press("Tab")
        await page.keyboard.type(SECRET)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("nav")
        await page.click("a.who")
        await page.click("text=Where you are signed in")
        await page.wait_for_selector("h1:has-text('Where you are signed in')")

        assert "Where you are signed in" in await page.inner_text("h1")
        assert await complaints(page) == []
