"""The desk in a real browser: by keyboard alone, with drafts, and with all that goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Page, Route

from casework.records import Person
from casework.words import Role
from storage.audit_line import Event
from tests.gateway.conftest import Opening
from tests.gateway.counter import Counter, token_of
from tests.gateway.test_pages_in_a_browser import CHROMIUM, screen, served, sign_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


@asynccontextmanager
async def at_work(opening: Opening, reviews: int = 2) -> AsyncIterator[tuple[Counter, Page, str]]:
    """Rita, with a review in hand that the key `j` took, and others waiting."""
    async with served(opening) as (counter, address), screen(address) as (page, seen):
        for n in range(reviews):
            item = {"type": "message", "id": f"m-{n}", "text": f"words number {n}"}
            await counter.in_review(detection_id=f"d-{n}", item=item)
            counter.watch.passes(timedelta(seconds=1))
        await sign_in(page, "rita", address)
        await pressed(page, "j")
        await page.wait_for_selector("#judged:focus")
        yield counter, page, address
        assert seen.errors == []


async def pressed(page: Page, *keys: str) -> None:
    await page.wait_for_selector("html.scripted")
    for key in keys:
        await page.keyboard.press(key)


async def reason(page: Page) -> str:
    return await page.input_value("#reason")


async def evidence(page: Page) -> str:
    return await page.inner_text("bdi.evidence >> nth=0")


async def test_the_whole_queue_is_done_with_single_keys(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        first = await evidence(page)
        await pressed(page, "d", "r")
        await page.keyboard.type("a quote, nothing more")
        await pressed(page, "Escape", "s")
        await page.wait_for_selector("#last :text('you can take it back')")
        second = await evidence(page)
        await page.wait_for_selector("#judged:focus")
        await pressed(page, "6", "s")
        await page.wait_for_selector("text=That was the last one for you in this queue")
        await counter.delivered()
        await page.wait_for_selector("#last :text('Decided.')")

        assert first != second
        assert page.url.endswith("/console/")
    assert await counter.audited(Event.DECIDED) == 2


async def test_the_address_is_that_of_the_review_on_screen(opening: Opening) -> None:
    async with at_work(opening) as (_, page, address):
        before = page.url
        await pressed(page, "6", "s")
        await page.wait_for_selector("#last .last")
        shown = await evidence(page)
        after = page.url
        await page.reload()

        assert before.startswith(f"{address}/console/reviews/")
        assert after.startswith(f"{address}/console/reviews/")
        assert after != before
        assert await evidence(page) == shown


async def test_no_single_stray_key_decides(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        await pressed(page, "s")
        asked_for_ruling = await page.inner_text("#missing")
        await pressed(page, "e", "s")
        asked_for_reason = await page.inner_text("#missing")
        focused = await page.evaluate("document.activeElement.id")

        assert asked_for_ruling == "Choose a ruling first."
        assert asked_for_reason == "Give a reason first."
        assert focused == "reason"
    assert await counter.audited(Event.SUBMITTED) == 0


async def test_keys_are_letters_while_one_types_and_can_be_turned_off(opening: Opening) -> None:
    async with at_work(opening) as (_, page, _):
        await pressed(page, "r")
        await page.keyboard.type("d e s x b")
        typed = await reason(page)
        chosen = await page.locator("[name=ruling]:checked").count()
        await pressed(page, "Escape", "?")
        await page.uncheck("#keys-on")
        await pressed(page, "Escape")
        await page.reload()
        await pressed(page, "d")

        assert (typed, chosen) == ("d e s x b", 0)
        assert await page.locator("[name=ruling]:checked").count() == 0


async def test_every_key_is_on_the_screen_and_in_the_list(opening: Opening) -> None:
    async with at_work(opening) as (_, page, _):
        keys = await page.locator("#main [data-key]").evaluate_all(
            "all => all.flatMap(each => each.dataset.key.split(' '))"
        )
        shown = await page.locator("#main kbd").all_inner_texts()
        await pressed(page, "?")
        listed = await page.locator("#keys-list kbd").all_inner_texts()

        assert len(keys) == len(set(keys))
        assert set(keys) <= set(shown)
        assert set(keys) <= set(listed)


async def test_what_was_typed_is_there_again_after_a_reload_and_going_back(
    opening: Opening,
) -> None:
    async with at_work(opening) as (_, page, address):
        await pressed(page, "e", "a")
        await page.check("[name=action][value=label_item]")
        await pressed(page, "r")
        await page.keyboard.type("half a thought")
        await page.reload()
        reloaded = await reason(page)
        await page.goto(f"{address}/console/")
        await page.go_back()
        await page.wait_for_selector("html.scripted")

        assert reloaded == "half a thought"
        assert await reason(page) == "half a thought"
        assert await page.is_checked("[name=ruling][value=enforce]")
        assert await page.is_checked("[name=action][value=label_item]")


async def test_what_was_chosen_stays_when_a_note_is_left(opening: Opening) -> None:
    async with at_work(opening) as (_, page, _):
        await pressed(page, "e", "a")
        await page.check("[name=action][value=ban_account]")
        await page.wait_for_selector("#note")
        await pressed(page, "n")
        await page.keyboard.type("ask the lawyers")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#around :text('ask the lawyers')")

        assert await page.is_checked("[name=ruling][value=enforce]")
        assert await page.is_checked("[name=which][value=these]")
        assert await page.is_checked("[name=action][value=ban_account]")


async def next_one_half_loaded(page: Page) -> asyncio.Event:
    """The next review is there; what is around it comes once the event is set."""
    before, loaded = await evidence(page), asyncio.Event()

    async def later(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    await page.route("**/around", later)
    await pressed(page, "6", "s")
    await page.wait_for_function(
        "before => document.querySelector('bdi.evidence')?.innerText !== before", arg=before
    )
    return loaded


async def test_a_key_for_what_is_still_loading_waits_for_it_and_what_follows_is_no_command(
    opening: Opening,
) -> None:
    async with at_work(opening) as (counter, page, _):
        first, loaded = await evidence(page), await next_one_half_loaded(page)
        await pressed(page, "n", "b", "x", "k")
        loaded.set()
        await page.wait_for_selector("#note:focus")

        assert await page.input_value("#note") == ""
        assert await evidence(page) != first
    assert await counter.audited(Event.RELEASED) == 0
    assert await counter.audited(Event.EXTENDED) == 0


async def test_while_a_key_waits_the_other_keys_of_the_browser_go_on_working(
    opening: Opening,
) -> None:
    async with at_work(opening) as (_, page, _):
        loaded = await next_one_half_loaded(page)
        await pressed(page, "n", "Tab")
        moved = await page.evaluate("document.activeElement.id")
        loaded.set()
        await page.wait_for_selector("#note")

        assert moved != "judged"
        assert not await page.evaluate("document.activeElement.id === 'note'")


async def test_what_was_done_is_said_aloud_and_once(opening: Opening) -> None:
    async with at_work(opening) as (_, page, _):
        await pressed(page, "x")
        await page.wait_for_selector("#main :text('Yours for a whole turn again.')")
        aloud = page.locator("[role=status], [role=alert], [aria-live]")
        said = [text for text in await aloud.all_inner_texts() if "whole turn" in text]
        await pressed(page, "6", "s")
        await page.wait_for_selector("#last .last")

        assert len(said) == 1
        assert await page.inner_text("#heard") == ""


async def test_without_a_network_it_says_so_and_sends_again_once(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        await page.context.set_offline(True)
        await pressed(page, "d", "r")
        await page.keyboard.type("a quote")
        await pressed(page, "Control+Enter")
        await page.wait_for_selector("#refused :text('Not sent')")
        kept = await reason(page)
        await page.context.set_offline(False)
        await pressed(page, "Escape", "s")
        await page.wait_for_selector("#last .last")
        await counter.delivered()

        assert kept == "a quote"
        assert await page.inner_text("#refused") == ""
    assert await counter.audited(Event.SUBMITTED) == 1
    assert await counter.audited(Event.DECIDED) == 1


async def test_an_answer_that_is_lost_on_its_way_is_no_second_decision(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        lost: list[int] = []

        async def lose_the_answer(route: object) -> None:
            answer = await route.fetch(max_redirects=0)  # type: ignore[attr-defined]
            lost.append(answer.status)
            await route.abort("connectionreset")  # type: ignore[attr-defined]

        await page.route("**/decision", lose_the_answer, times=1)
        await pressed(page, "6", "s")
        await page.wait_for_selector("#refused :text('Not sent')")
        await pressed(page, "s")
        await page.wait_for_selector("#last .last")
        await counter.delivered()

        assert lost == [200]
    assert await counter.audited(Event.SUBMITTED) == 1
    assert await counter.audited(Event.DECIDED) == 1


async def test_one_key_takes_the_last_decision_back_with_its_reason(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        first = page.url
        await pressed(page, "d", "r")
        await page.keyboard.type("too quick")
        await pressed(page, "Control+Enter")
        await page.wait_for_selector("#last button")
        await pressed(page, "z")
        await page.wait_for_selector("#last :text('It is yours again')")
        await counter.delivered()

        assert page.url == first
        assert await reason(page) == "too quick"
        assert await page.is_checked("[name=ruling][value=dismiss]")
    assert await counter.audited(Event.DECIDED) == 0


async def test_a_claim_that_ran_out_is_said_and_the_words_stay(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        await pressed(page, "d", "r")
        await page.keyboard.type("worth keeping")
        counter.watch.passes(timedelta(minutes=16))
        await counter.claim("rolf")
        await pressed(page, "Control+Enter")
        await page.wait_for_selector("#refused :text('somebody else has this review now')")

        assert await reason(page) == "worth keeping"
        assert await evidence(page) == "words number 0"
    assert await counter.audited(Event.SUBMITTED) == 0


async def test_two_tabs_have_one_outcome_and_the_second_is_told(opening: Opening) -> None:
    async with at_work(opening) as (counter, page, _):
        other = await page.context.new_page()
        await other.goto(page.url)
        await pressed(page, "6", "s")
        await page.wait_for_selector("#last .last")
        await pressed(other, "e", "r")
        await other.keyboard.type("a threat after all")
        await pressed(other, "Control+Enter")
        await other.wait_for_selector("#refused :text('You have decided this already')")
        told = await other.inner_text("#refused")
        await counter.delivered()

        assert "It does not break the rule" in told
        assert await reason(other) == "a threat after all"
    assert await counter.audited(Event.DECIDED) == 1


async def test_rights_that_were_withdrawn_end_the_work_and_keep_the_words(
    opening: Opening,
) -> None:
    async with at_work(opening) as (counter, page, address):
        await pressed(page, "d", "r")
        await page.keyboard.type("worth keeping")
        await counter.store.staff.revoke("rita")
        await pressed(page, "Control+Enter")
        await page.wait_for_selector("#refused :text('Sign in again')")
        kept = await reason(page)
        less = Person(id="rita", role=Role.REVIEWER, harms=frozenset({"hate"}))
        await counter.store.staff.add(less, token_of("rita"))
        await page.click("#refused :text('Sign in again')")
        await page.fill("#token", token_of("rita"))
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=Your right to decide this was withdrawn")

        assert kept == "worth keeping"
        assert address in page.url
    assert await counter.audited(Event.SUBMITTED) == 0


async def test_on_a_phone_the_way_to_the_decision_is_always_in_sight(opening: Opening) -> None:
    async with at_work(opening, reviews=1) as (_, page, _):
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.reload()
        await page.click(".deskbar >> text=Decide")

        assert await page.locator("#decide-title").is_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
