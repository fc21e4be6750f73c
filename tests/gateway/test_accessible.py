"""The console under axe-core: WCAG 2.2 AA and best practices, light and dark, wide and narrow."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from integrations.media.drawing import Draughtsman
from integrations.platform.uploads import drawn
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter
from tests.gateway.test_holds import hold
from tests.gateway.test_pages_in_a_browser import CHROMIUM, fits, screen, served, sign_in
from tests.gateway.test_quality import TWICE, judged_twice
from tests.gateway.test_recalls import planned

AXE = Path(__file__).parent.parent.parent / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (1_440, "light"),
    (390, "dark"),
    (1_440, "dark"),
    (390, "light"),
)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed"),
]


async def faults(page: Page) -> list[str]:
    """What axe finds wrong. Given as source: a script tag would be stopped by our own policy."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        f"{page.url}: {fault['id']}: {node['html'][:200]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


async def faults_everywhere(page: Page, looks: int = 2) -> list[str]:
    """Wide and light, narrow and dark; with 4, also the other way round. Also what axe lets pass: a
    page that scrolls sideways, and one with more or fewer than one first heading."""
    wrong: list[str] = []
    for width, scheme in LOOKS[:looks]:
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = await faults(page)
        found += [] if await fits(page, width) else [f"{page.url}: scrolls sideways"]
        wrong += [f"{width} {scheme} {fault}" for fault in found]
    headings = await page.locator("h1").count()
    return wrong + ([] if headings == 1 else [f"{page.url}: {headings} first headings"])


async def faults_on(page: Page, address: str, *paths: str) -> list[str]:
    """On each of these pages, in every look."""
    wrong: list[str] = []
    for path in paths:
        await page.goto(address + path)
        wrong += await faults_everywhere(page, looks=4)
    return wrong


async def crowded(counter: Counter) -> str:
    """A case of an account with a past; its id."""
    account = {"id": "u-9"}
    await counter.enforced(account=account)
    other = {"type": "message", "id": "m-3"}
    await counter.report(detection_id="d-3", item=other, account=account)
    item = {"type": "message", "id": "m-2", "text": "go \u200baway", "url": "https://a.test/1"}
    return await counter.in_review(detection_id="d-2", item=item, account=account)


async def test_signing_in_and_the_first_page_can_be_used_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await crowded(counter)
        await page.goto(f"{address}/console/")
        wrong = await faults_everywhere(page)
        await sign_in(page, "lena", address)
        await page.wait_for_selector("html.scripted")
        wrong += await faults_everywhere(page)
        await page.keyboard.press("?")
        await page.wait_for_selector("dialog[open]")
        wrong += await faults_everywhere(page)

    assert wrong == []


async def test_a_review_can_be_done_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await crowded(counter)
        await counter.in_review(detection_id="d-9", item={"type": "message", "id": "m-9"})
        await sign_in(page, "lena", address)
        await page.wait_for_selector("html.scripted")
        await page.keyboard.press("j")
        await page.wait_for_selector("#judged")
        wrong = await faults_everywhere(page, looks=4)
        await page.keyboard.press("a")
        await page.keyboard.press("g")
        await page.keyboard.press("Escape")
        wrong += await faults_everywhere(page)
        await page.set_viewport_size({"width": 1_440, "height": 844})
        await page.keyboard.press("1")
        await page.keyboard.press("s")
        await page.wait_for_selector("#last .last")
        wrong += await faults_everywhere(page)

    assert wrong == []


async def test_pictures_and_videos_can_be_looked_at_by_everybody(opening: Opening) -> None:
    names = ("screenshot.png", "wheel.mp4")
    media = [f"https://cdn.example/{name}" for name in names]
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await counter.in_review(item={"type": "message", "id": "m-1", "media": media})
        for wanted in await counter.store.snapshots.due(5):
            content = drawn(wanted.media.url.rpartition("/")[2])
            shown = await Draughtsman().redrawn(content)
            await counter.store.snapshots.keep(wanted, content, shown)
        await sign_in(page, "rita", address)
        await page.wait_for_selector("html.scripted")
        await page.keyboard.press("j")
        await page.wait_for_selector(".sheet")
        wrong = await faults_everywhere(page, looks=4)
        await page.keyboard.press("v")
        await page.check(".larger")
        wide = await page.evaluate("document.querySelector('.sheet img').clientWidth")
        wrong += await faults_everywhere(page, looks=4)

    assert wrong == []
    assert wide >= 1_440


async def test_an_appeal_can_be_heard_and_made_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        _, token = await counter.enforced()
        await page.goto(f"{address}/appeals/{token}")
        wrong = await faults_everywhere(page)
        await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "a joke"})
        await counter.appeal_heard()
        await page.goto(f"{address}/appeals/{token}")
        wrong += await faults_everywhere(page)
        await sign_in(page, "rolf", address)
        await page.click("form[action$='appeals/claim'] button")
        await page.wait_for_selector("#appellant")
        wrong += await faults_everywhere(page)

    assert wrong == []


async def test_what_surrounds_the_desk_can_be_used_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        case_id = await crowded(counter)
        await counter.store.cases.block(case_id, "platform")
        await sign_in(page, "otto", address)
        wrong: list[str] = []
        for path in (
            "cases", f"cases/{case_id}", "board", "holds", "recalls", "runbook", "me/sessions",
            "no-such",
        ):  # fmt: skip
            await page.goto(f"{address}/console/{path}")
            wrong += await faults_everywhere(page)

    assert wrong == []


async def test_what_is_said_of_people_can_be_read_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        cases = await judged_twice(counter, *TWICE)
        await sign_in(page, "lena", address)
        await page.goto(f"{address}/console/quality")
        await page.fill("#case_id", cases[0])
        await page.fill("#why", "a plain insult")
        await page.click("text=Mark as golden")
        await page.wait_for_selector("text=It is golden now.")
        wrong = await faults_everywhere(page, looks=4)
        wrong += await faults_on(page, address, "/console/quality/me", "/console/me")

    assert wrong == []


async def test_pages_that_have_something_to_show_and_empty_ones_fit_everywhere(
    opening: Opening,
) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await sign_in(page, "otto", address)
        empty = ("/console/", "/console/board", "/console/cases?account=nobody", "/console/recalls")
        wrong = await faults_on(page, address, *empty)
        case_id, _ = await counter.enforced(account={"id": "u" * 200})
        recall = (await planned(counter)).json()["recall_id"]
        await hold(counter)
        full = (f"/console/cases/{case_id}", f"/console/recalls/{recall}", "/console/holds")
        wrong += await faults_on(page, address, *full, "/console/me/sessions")

    assert wrong == []


async def test_an_appeal_s_every_state_can_be_read_by_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        _, token = await counter.enforced()
        wrong = await faults_on(page, address, f"/appeals/{token}x", "/console/sign-in")
        await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "a joke"})
        wrong += await faults_on(page, address, f"/appeals/{token}")
        await counter.appeal_heard()
        await counter.appeal_answered("overturn")
        wrong += await faults_on(page, address, f"/appeals/{token}")

    assert wrong == []


async def test_refusals_and_what_is_missing_are_said_to_everybody(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await counter.in_review()
        await sign_in(page, "rita", address)
        await page.wait_for_selector("html.scripted")
        await page.keyboard.press("j")
        await page.wait_for_selector("#judged")
        await page.keyboard.press("s")
        wrong = await faults_everywhere(page, looks=4)
        missing = await page.inner_text("#missing")
        described = await page.get_attribute("[name=ruling]:focus", "aria-describedby")
        invalid = await page.get_attribute("[name=ruling]:focus", "aria-invalid")
        counter.watch.passes(SETTINGS.lease * 2)
        await page.keyboard.press("6")
        await page.keyboard.press("s")
        await page.wait_for_selector("#refused .said")
        wrong += await faults_everywhere(page, looks=4)
        wrong += await faults_on(page, address, "/console/cases/nothing-here")

    assert missing == "Choose a ruling first."
    assert (described, invalid) == ("missing", "true")
    assert wrong == []


HIDDEN = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  const middle = [box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2];
  const there = document.elementFromPoint(...middle);
  const isSeen = there && (focused.contains(there) || there.closest("label")?.contains(focused));
  if (focused === document.body || isSeen) return [];
  return [focused.name || focused.id || focused.outerHTML];
}"""


@pytest.mark.parametrize("size", [(1_440, 640), (390, 640)])
async def test_whatever_has_the_focus_can_be_seen_in_a_low_window(
    opening: Opening, size: tuple[int, int]
) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, _):
        await crowded(counter)
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await sign_in(page, "rita", address)
        await page.wait_for_selector("html.scripted")
        await page.keyboard.press("j")
        await page.wait_for_selector("#around #line")
        hidden: list[str] = []
        stops = 0
        while await page.evaluate("document.activeElement !== document.body") and stops < 80:
            await page.keyboard.press("Tab")
            hidden += await page.evaluate(HIDDEN)
            stops += 1

    assert hidden == []
    assert 20 < stops < 80, "a trap, or nothing to reach"
