"""The console under axe-core: WCAG 2.2 AA and best practices, light and dark, wide and narrow."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from tests.gateway.conftest import Opening
from tests.gateway.counter import Counter
from tests.gateway.test_pages_in_a_browser import CHROMIUM, screen, served, sign_in

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
    """Wide and light, narrow and dark; with 4, also the other way round."""
    wrong: list[str] = []
    for width, scheme in LOOKS[:looks]:
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wrong += [f"{width} {scheme} {fault}" for fault in await faults(page)]
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
