"""Hostile contents in a real browser: 0 scripts run, 0 requests leave the page, everything fits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import ConsoleMessage, Dialog, Page, Request, async_playwright

from integrations.media.drawing import Draughtsman
from integrations.media.fake import FakeMedia
from tests.gateway.conftest import Opening
from tests.gateway.counter import Counter, token_of
from tests.gateway.hostile import FILES, TEXTS
from tests.gateway.test_pages_in_a_browser import CHROMIUM, QUIET, served
from workers.pictures import Photographer

PHONE = 390
MOST_OF_A_TEXT = 4_000
"""Of a note, a reason and an appeal."""
OURS = ("/console/", "/appeals/", "/favicon.ico")
UNSEEN = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
"""What turns the order of letters around."""
HARMFUL = """() => {
  const all = [...document.querySelectorAll('*')];
  const onto = (each, name) => (each.getAttribute(name) ?? '').trim().toLowerCase();
  return {
    handlers: all.filter((e) => [...e.attributes].some((a) => /^(on|hx-on)/.test(a.name))).length,
    styles: document.querySelectorAll('[style], main style').length,
    scripts: [...document.scripts].filter((e) => !e.src.startsWith(location.origin)).length,
    frames: document.querySelectorAll('iframe, object, embed, base, svg, math, video').length,
    addresses: all.filter((e) => ['href', 'src', 'action', 'formaction', 'srcset', 'hx-get']
      .some((name) => /^(javascript|data|vbscript|https?:|[/][/])/.test(onto(e, name))
        && !onto(e, name).startsWith('http://temporal.test/'))).length,
    ran: window.CANARY === undefined ? 0 : 1,
  };
}"""
WIDEST = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(-3).map((e) => `${e.tagName}.${e.className}#${e.id}`)"""
NOTHING = {"handlers": 0, "styles": 0, "scripts": 0, "frames": 0, "addresses": 0, "ran": 0}


@dataclass
class Guard:
    """One person's browser, and whatever it did that it should not."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)

    async def look(self, path: str, where: str) -> None:
        """Open a page and note whatever happens on it."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, (where, answer.status)
        found = await self.page.evaluate(HARMFUL)
        width = await self.page.evaluate("document.documentElement.scrollWidth")
        text = await self.page.inner_text("body")
        if found != NOTHING:
            self.wrong.append(f"{where}: {found}")
        if width > PHONE:
            self.wrong.append(f"{where}: {width} wide: {await self.page.evaluate(WIDEST)}")
        if any(each in text for each in UNSEEN):
            self.wrong.append(f"{where}: turns letters around")

    def watch(self) -> None:
        def asked(request: Request) -> None:
            if not request.url.startswith(self.address):
                self.wrong.append(f"a request left: {request.url}")
            elif not urlsplit(request.url).path.startswith(OURS):
                self.wrong.append(f"a strange request: {request.url}")

        async def dismissed(dialog: Dialog) -> None:
            self.wrong.append(f"a dialog: {dialog.message}")
            await dialog.dismiss()

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") or "CANARY" in message.text:
                self.wrong.append(f"{message.type} in the console: {message.text}")

        self.page.on("request", asked)
        self.page.on("dialog", dismissed)
        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"an error: {error}"))


@asynccontextmanager
async def guards(address: str, *people: str) -> AsyncIterator[list[Guard]]:
    """A phone for each of them, signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        made = []
        for person in people:
            context = await browser.new_context(viewport={"width": PHONE, "height": 844})
            page = await context.new_page()
            page.set_default_timeout(15_000)
            guard = Guard(page, address)
            guard.watch()
            await page.goto(f"{address}/console/sign-in")
            await page.fill("#token", token_of(person))
            await page.keyboard.press("Enter")
            await page.wait_for_selector("nav")
            made.append(guard)
        yield made
        await browser.close()


def shortened(text: str, length: int) -> str:
    return text[:length].strip("\n") or "empty"


def on_one_line(text: str, length: int = 200) -> str:
    """As a name or an id, which are refused with control characters in them."""
    kept = "".join(sign for sign in text if ord(sign) >= 32 and not 0x7F <= ord(sign) < 0xA0)
    return kept.replace("\u2028", "").replace("\u2029", "")[:length] or "x"


def report(number: int, text: str) -> dict[str, object]:
    """A report with the hostile text in every place that takes one."""
    name = on_one_line(text, 150)
    readable = text.replace("\x00", "")
    return {
        "detection_id": f"d-{number}",
        "detector": {"name": f"{name}-{number}"[:200], "version": name},
        "item": {
            "type": name,
            "id": f"{name}{number}",
            "text": readable,
            "url": readable[:2_000],
            "media": [readable[:2_000], {"url": f"http://canary.test/{number}", "type": name}],
            "context": {name: [readable[:2_000]]},
        },
        "account": {"id": f"{name}{number}"},
        "channel": "user_report",
        "evidence": {"reporter": readable[:500], name: readable[:500]},
    }


async def on_its_way(counter: Counter, guards: list[Guard], number: int, name: str) -> None:
    """One hostile text as report, note and reason, on the page of the review and of the case."""
    rita, lena = guards
    text = TEXTS[name].replace("\x00", "")
    case_id = await counter.in_review(**report(number, TEXTS[name]))
    claimed = await counter.claim()
    review = f"/reviews/{claimed.json()['review_id']}"
    note = {"text": shortened(text, MOST_OF_A_TEXT)}
    noted = await counter.ask("rita", "POST", f"/v1{review}/note", json=note)
    assert noted.is_success, noted.text
    await rita.look(f"/console{review}", f"{name}, under review")
    reason = shortened(text, MOST_OF_A_TEXT)
    decided = await counter.decide("rita", claimed, reason=reason)
    assert decided.is_success, decided.text
    await lena.look(f"/console/cases/{case_id}", f"{name}, the case")


pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


async def test_hostile_texts_run_nothing_send_nothing_and_fit(opening: Opening) -> None:
    async with served(opening) as (counter, address), guards(address, "rita", "lena") as each:
        for number, name in enumerate(TEXTS):
            await on_its_way(counter, each, number, name)
        await each[1].look("/console/cases", "all cases")

    assert len(TEXTS) >= 30
    assert [wrong for guard in each for wrong in guard.wrong] == []


async def test_hostile_appeals_run_nothing_send_nothing_and_fit(opening: Opening) -> None:
    async with served(opening) as (counter, address), guards(address, "rolf") as (rolf,):
        for number, name in enumerate(TEXTS):
            text = TEXTS[name].replace("\x00", "")
            _, token = await counter.enforced(**report(number, "harmless"))
            words = {"token": token, "reason": shortened(text, MOST_OF_A_TEXT)}
            filed = await counter.ask(None, "POST", "/v1/appeals", json=words)
            assert filed.is_success, filed.text
            await counter.appeal_heard()
            claimed = await counter.claim("rolf", "appeals")
            await rolf.look(f"/console/reviews/{claimed.json()['review_id']}", f"{name}, appealed")
            await rolf.look(f"/appeals/{token}", f"{name}, to the person")
            await counter.appeal_answered("uphold")

    assert rolf.wrong == []


async def test_hostile_files_run_nothing_and_are_drawn_or_named(opening: Opening) -> None:
    addresses = {f"https://cdn.example/{number}": name for number, name in enumerate(FILES)}
    async with served(opening) as (counter, address), guards(address, "rita") as (rita,):
        media = FakeMedia({url: FILES[name] for url, name in addresses.items()})
        item = {"type": "post", "id": "p-1", "text": "look", "media": list(addresses)}
        await counter.in_review(item=item)
        photographer = Photographer(counter.store.snapshots, media, Draughtsman())
        while await photographer.take_what_is_due():
            pass
        claimed = await counter.claim()
        review = f"/console/reviews/{claimed.json()['review_id']}"

        await rita.look(review, "files")

        pictures = await rita.page.locator(".picture img").evaluate_all(
            "all => Promise.all(all.map(async (e) => { await e.decode(); return e.naturalWidth; }))"
        )
        shown = await rita.page.locator(".picture").count()
        blurred = await rita.page.locator(".picture img >> nth=0").evaluate(
            "e => getComputedStyle(e).filter"
        )

    assert rita.wrong == []
    assert shown == len(FILES)
    assert pictures == [60] * 3
    assert blurred == "blur(28px) grayscale(1)"


async def test_a_picture_is_revealed_step_by_step_and_hidden_again(opening: Opening) -> None:
    async with served(opening) as (counter, address), guards(address, "rita") as (rita,):
        url = "https://cdn.example/cat.png"
        await counter.in_review(item={"type": "post", "id": "p-1", "media": [url]})
        source = FakeMedia({url: FILES["a picture"]})
        await Photographer(counter.store.snapshots, source, Draughtsman()).take_what_is_due()
        claimed = await counter.claim()
        review = f"/console/reviews/{claimed.json()['review_id']}"
        await rita.look(review, "a picture")
        seen = []

        for _ in range(3):
            await rita.page.keyboard.press("v")
            seen.append(await _filter(rita.page))
        await rita.page.check(".picture input[value=colour]")
        seen.append(await _filter(rita.page))
        await rita.look(review, "the page again")
        seen.append(await _filter(rita.page))

    hidden = "blur(28px) grayscale(1)"
    assert seen == ["grayscale(1)", "none", hidden, "none", hidden]
    assert rita.wrong == []


async def _filter(page: Page) -> str:
    return str(await page.locator(".picture img").evaluate("e => getComputedStyle(e).filter"))
