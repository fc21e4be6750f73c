"""The pages in a real browser: nothing runs, nothing leaves, everything fits, forms arrive."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.async_api import Browser, Dialog, Page, Request, async_playwright

from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter, token_of

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PAYLOAD = (
    "<script>fetch('http://canary.test/1')</script><img src=http://canary.test/2 onerror=alert(1)>"
    "<style>@import 'http://canary.test/3'</style></bdi></textarea></title><svg onload=alert(2)>"
    "<a href=javascript:alert(3)>x</a><iframe srcdoc='<script>alert(4)</script>'></iframe>"
    "<meta http-equiv=refresh content='0;url=http://canary.test/4'><form action=//canary.test>"
    "\u202elive\u200bno " + "w" * 500
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


@dataclass
class Seen:
    """What a page did beyond showing itself."""

    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@asynccontextmanager
async def served(opening: Opening) -> AsyncIterator[tuple[Counter, str]]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        counter = opening(SETTINGS.model_copy(update={"public_url": address}))
        config = uvicorn.Config(counter.app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield counter, address
        server.should_exit = True
        await serving


@asynccontextmanager
async def screen(address: str, width: int = 1_180) -> AsyncIterator[tuple[Page, Seen]]:
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(QUIET)
        )
        context = await browser.new_context(viewport={"width": width, "height": 844})
        page = await context.new_page()
        page.set_default_timeout(10_000)
        seen = Seen()

        def note(request: Request) -> None:
            if not request.url.startswith(address):
                seen.outside.append(request.url)

        async def dismiss(dialog: Dialog) -> None:
            seen.dialogs.append(dialog.message)
            await dialog.dismiss()

        page.on("request", note)
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        yield page, seen
        await browser.close()


async def sign_in(page: Page, who: str, address: str, path: str = "/console/") -> None:
    await page.goto(address + path)
    await page.fill("#token", token_of(who))
    await page.keyboard.press("Enter")
    await page.wait_for_selector("nav")


async def reach(page: Page, selector: str) -> None:
    """Press Tab until this is where the keys go."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate(f'document.activeElement.matches("{selector}")'):
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


async def fits(page: Page, width: int) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth") <= width)


async def test_reported_content_runs_nothing_and_calls_nobody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, seen):
        item = {"type": "<b>m", "id": "<img src=x>", "text": PAYLOAD, "url": "javascript:alert(9)"}
        await counter.in_review(item=item, account={"id": "<svg onload=alert(7)>"})

        await sign_in(page, "rita", address)
        await page.click("text=Take the next")
        await page.wait_for_selector("bdi.evidence")

        shown = await page.inner_text("bdi.evidence >> nth=0")
        assert "<script>fetch" in shown
        assert "U+202E" in shown
        assert (seen.outside, seen.dialogs, seen.errors) == ([], [], [])
        assert await page.locator("bdi script, bdi img, bdi a, bdi iframe, bdi form").count() == 0


async def test_a_review_is_decided_with_the_keyboard_alone(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await counter.in_review()
        await sign_in(page, "rita", address)

        await reach(page, "form[action$='reviewers/claim'] button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("bdi.evidence")
        await reach(page, "input[value=enforce]")
        await page.keyboard.press("Space")
        await reach(page, "#reason")
        await page.keyboard.type("a threat")
        await reach(page, "#decide .send button")
        await page.keyboard.press("Enter")

        await page.wait_for_selector("#last .last")
        await counter.delivered()
        await page.wait_for_selector("#last :text('Decided.')")


async def test_every_page_fits_a_phone(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address, 390) as (page, _):
        _, token = await counter.enforced(item={"type": "message", "id": "m" * 150})
        long = {"type": "message", "id": "m" * 200, "text": PAYLOAD}
        case_id = await counter.in_review(detection_id="d-2", item=long, account={"id": "u" * 200})
        await counter.store.cases.block(case_id, "platform")

        await page.goto(f"{address}/appeals/{token}")
        assert await fits(page, 390)
        await sign_in(page, "lena", address)
        assert await fits(page, 390)
        for path in (
            "/console/cases",
            f"/console/cases/{case_id}",
            "/console/runbook",
            "/console/x",
        ):
            await page.goto(address + path)
            assert await fits(page, 390), path
        await page.goto(f"{address}/console/")
        await page.click("form[action$='reviewers/claim'] button")
        await page.wait_for_selector("bdi.evidence")
        assert await fits(page, 390)


async def test_an_appeal_arrives_from_a_browser_without_scripts(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, seen):
        _, token = await counter.enforced()

        await page.goto(f"{address}/appeals/{token}")
        await page.fill("textarea", "it was a joke")
        await page.click("text=Send the appeal")

        assert "We have your appeal" in await page.inner_text("[role=status]")
        assert seen.outside == []
