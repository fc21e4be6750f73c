"""Somebody at the review desk with a keyboard and no mouse, in a real browser."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Request, async_playwright

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_PATIENCE_MS = 20_000
_FARTHEST = 120
"""How often Tab is pressed before something counts as out of reach."""
_ELSEWHERE = "before => (document.querySelector('#decide')?.dataset.review ?? '') !== before"


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield browser
        await browser.close()


class AtTheDesk:
    """What one person does there. Addresses are typed only to sign in and to open a mailed link."""

    def __init__(self, page: Page, gateway: str) -> None:
        self.page = page
        self.took_ms: list[float] = []
        """From the key that decides to the next case or the queues."""
        self.outside: list[str] = []
        self.errors: list[str] = []
        self._gateway = gateway
        page.set_default_timeout(_PATIENCE_MS)
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def begin(cls, browser: Browser, gateway: str) -> "AtTheDesk":
        context = await browser.new_context(viewport={"width": 1_440, "height": 900})
        return cls(await context.new_page(), gateway)

    def _note(self, request: Request) -> None:
        if not request.url.startswith(self._gateway):
            self.outside.append(request.url)

    async def sign_in(self, username: str, password: str) -> None:
        await self.page.goto(f"{self._gateway}/console/")
        await self.tab_to("#username")
        await self.type(username)
        await self.tab_to("#password")
        await self.type(password)
        await self.press("Enter")
        await self.page.wait_for_selector("#start")

    # -- the keyboard ----------------------------------------------------------------------------

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, words: str) -> None:
        await self.page.keyboard.type(words)

    async def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there. Fails when it never comes there."""
        for _ in range(_FARTHEST):
            if await self.page.evaluate(
                "s => document.activeElement?.matches(s) ?? false", selector
            ):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by Tab")

    async def tick(self, selector: str) -> None:
        await self.tab_to(selector)
        await self.press("Space")

    # -- what is seen ------------------------------------------------------------------------------

    @property
    async def review(self) -> str:
        """The id of the review on the screen, empty where there is none."""
        found = await self.page.evaluate("document.querySelector('#decide')?.dataset.review ?? ''")
        return str(found)

    async def reads(self, selector: str = "body") -> str:
        return await self.page.inner_text(selector)

    async def barriers(self) -> list[Any]:
        """What axe finds on the page as it is."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate(
            "rules => axe.run({runOnly: rules}).then(said => said.violations.map("
            "each => [each.id, each.nodes.map(node => node.html.slice(0, 200))]))",
            _RULES,
        )
        return list(found)

    # -- work --------------------------------------------------------------------------------------

    async def take(self) -> bool:
        """The next review of the first queue that has one for this person; whether there is one."""
        if await self.review:
            return True
        for key in await self._waiting():
            await self.page.goto(f"{self._gateway}/console/")
            await self.press(key)
            await self.page.wait_for_selector("#decide:visible, #main .said:visible")
            if await self.review:
                return True
        return False

    async def _waiting(self) -> list[str]:
        """The keys of the queues in which somebody waits, as the page shows it after a look."""
        await self.page.goto(f"{self._gateway}/console/")
        found = await self.page.evaluate(
            "[...document.querySelectorAll('.queue')].filter("
            "each => Number(each.querySelector('.count strong').textContent) > 0)"
            ".map(each => each.querySelector('[data-key]').dataset.key.split(' ')[0])"
        )
        return list(found)

    async def hears_appeals(self) -> bool:
        """Whether there is an appeal for this person; it is then in their hands."""
        await self.page.goto(f"{self._gateway}/console/")
        key = await self.page.evaluate(
            "document.querySelector('form[action$=\"/queues/appeals/claim\"] [data-key]')"
            "?.dataset.key.split(' ')[0] ?? ''"
        )
        if not key:
            return False
        await self.press(str(key))
        await self.page.wait_for_selector("#decide:visible, #main .said:visible")
        return bool(await self.review)

    async def reason(self, words: str) -> None:
        await self.press("r")
        await self.type(words)

    async def send(self) -> None:
        """Decide, and wait for whatever comes next: the next case or the queues."""
        before = await self.review
        began = time.perf_counter()
        await self.press("Control+Enter")
        await self.page.wait_for_function(_ELSEWHERE, arg=before, polling="raf")
        self.took_ms.append((time.perf_counter() - began) * 1_000)

    async def opens(self, key: str, field: str) -> None:
        """A key that opens something leads into its first field."""
        await self.press(key)
        await self.page.wait_for_function(
            "field => document.activeElement?.matches(field)", arg=field
        )

    async def goes_on(self, key: str) -> None:
        """Press a key that ends the work on this case, and wait for the next or the queues."""
        before = await self.review
        await self.press(key)
        await self.page.wait_for_function(_ELSEWHERE, arg=before, polling="raf")

    async def decide(self, ruling: str, words: str) -> None:
        await self.press(ruling)
        await self.reason(words)
        await self.send()

    async def becomes(self, words: str) -> None:
        """Wait until the line about the last decision says so."""
        await self.page.wait_for_function(
            "words => document.querySelector('#last').innerText.includes(words)", arg=words
        )
