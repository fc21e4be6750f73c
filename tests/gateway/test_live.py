"""The stream that open pages listen to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from casework.records import Person
from casework.words import Role
from gateway.live import Live, Seat
from gateway.lookout import Lookout
from gateway.settings import LiveLimits
from storage.keys import Keyring
from storage.store import Store
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import NOON, SETTINGS, Counter
from tests.gateway.listening import PATIENCE_S, listening, listening_with

QUICK = LiveLimits(every=timedelta(milliseconds=10), beat=timedelta(milliseconds=50))


@pytest.fixture
def counter(opening: Opening) -> Counter:
    return opening(SETTINGS.model_copy(update={"live": QUICK}))


@pytest.fixture
async def unreachable(keyring: Keyring, tmp_path: Path) -> AsyncIterator[Store]:
    """A database that nobody can open: its folder does not exist."""
    store = Store.open(f"sqlite:///{tmp_path}/nowhere/casework.db", keyring)
    yield store
    await store.close()


async def nobody_asks() -> tuple[Person, bool]:
    raise AssertionError("asked too early")


async def nobody_listens(counter: Counter) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while counter.app.state.live.listening:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_listener_is_told_how_it_stands_and_then_what_changes(counter: Counter) -> None:
    await counter.in_review()
    async with listening(counter, "rita") as page:
        before = await page.next("queues")
        me = await page.next("me")
        await counter.claim("rita")
        after = await page.next("queues")

    assert [(q["queue"], q["waiting"], q["claimed"]) for q in before["items"]] == [
        ("reviewers", 1, 0)
    ]
    assert [(q["waiting"], q["claimed"]) for q in after["items"]] == [(0, 1)]
    assert me == {"today": {"decided": 0, "median_s": None, "streak": 0}}


async def test_a_stream_says_that_it_is_one_and_that_nobody_may_hold_it_back(
    counter: Counter,
) -> None:
    async with listening(counter, "axel") as page:
        await page.next("beat")

    assert page.status == 200
    assert page.headers["content-type"].startswith("text/event-stream")
    assert page.headers["x-accel-buffering"] == "no"
    assert "no-transform" in page.headers["cache-control"]
    assert b"retry: 3000" in page.raw


async def test_what_did_not_change_is_not_told_again(counter: Counter) -> None:
    await counter.in_review()
    async with listening(counter, "rita") as page:
        await page.next("queues")
        for _ in range(5):
            await page.next("beat")

    assert [event.name for event in page.events].count("queues") == 1


async def test_only_queues_in_scope_are_told(counter: Counter) -> None:
    await counter.in_review()
    async with listening(counter, "newcomer") as page:
        told = await page.next("queues")

    assert told["items"] == []


async def test_a_decision_counts_in_the_day_of_whoever_made_it(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim("rita")
    counter.watch.passes(timedelta(seconds=40))
    async with listening(counter, "rita") as page:
        await page.next("me")
        await counter.decide("rita", claimed)
        told = await page.next("me")

    assert told["today"] == {"decided": 1, "median_s": 40, "streak": 1}


async def test_open_streams_are_counted_for_prometheus(counter: Counter) -> None:
    async with listening(counter, "rita") as page:
        await page.next("queues")
        during = (await counter.ask(None, "GET", "/metrics")).text
    after = (await counter.ask(None, "GET", "/metrics")).text

    assert "casework_live_streams 1.0" in during
    assert "casework_live_streams 0.0" in after


async def test_figures_that_cannot_be_had_are_not_passed_off_as_fresh(
    counter: Counter, unreachable: Store
) -> None:
    live = Live(unreachable, Lookout(unreachable, SETTINGS, counter.watch), QUICK, counter.watch)
    seat = Seat(Person(id="rita", role=Role.REVIEWER), "one browser", nobody_asks)

    live.join(seat)
    heard = live.told(seat)
    said = [await anext(heard) for _ in range(4)]
    await live.ended()

    assert all(b'"fresh":false' in each for each in said[1:])
    assert b"event: queues" not in b"".join(said)


async def test_nobody_listening_nothing_is_looked_at(counter: Counter) -> None:
    async with listening(counter, "rita") as page:
        await page.next("queues")
    await nobody_listens(counter)

    looks = counter.app.state.live._looking
    await asyncio.wait_for(asyncio.shield(looks), PATIENCE_S)

    assert looks.done()


async def test_whoever_may_no_more_is_told_no_more(counter: Counter) -> None:
    async with listening(counter, "rita") as page:
        await page.next("queues")
        await counter.store.staff.revoke("rita")
        counter.watch.passes(timedelta(minutes=1))

        await asyncio.wait_for(page.ended.wait(), PATIENCE_S)

    assert page.status == 200


async def test_a_page_left_open_does_not_keep_its_session_alive(counter: Counter) -> None:
    async with listening(counter, "rita") as page:
        await page.next("queues")
        idle = counter.doors.settings.session_idle
        while counter.watch.now - NOON < idle:
            counter.watch.passes(timedelta(minutes=10))

        await asyncio.wait_for(page.ended.wait(), PATIENCE_S)

    assert page.status == 200


async def test_without_a_session_there_is_no_stream(counter: Counter) -> None:
    async with listening_with(counter, "") as page:
        await asyncio.wait_for(page.ended.wait(), PATIENCE_S)

    assert page.status == 303


async def test_one_browser_has_only_so_many_streams(counter: Counter) -> None:
    async with browser(counter, "rita") as person:
        cookies = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    open_pages = [listening_with(counter, cookies) for _ in range(QUICK.streams_per_session)]
    for page in open_pages:
        await page.__aenter__()

    async with listening_with(counter, cookies) as one_more, listening(counter, "rolf") as other:
        await asyncio.wait_for(one_more.ended.wait(), PATIENCE_S)
        await other.next("queues")

    for page in open_pages:
        await page.__aexit__(None, None, None)
    assert (one_more.status, one_more.headers["retry-after"]) == (429, "30")
    assert other.status == 200
    assert counter.app.state.live.listening == 0


async def test_a_process_has_only_so_many_streams(opening: Opening) -> None:
    live = QUICK.model_copy(update={"streams": 1})
    counter = opening(SETTINGS.model_copy(update={"live": live}))
    async with listening(counter, "rita"), listening(counter, "rolf") as refused:
        await asyncio.wait_for(refused.ended.wait(), PATIENCE_S)

    assert refused.status == 429


async def test_every_stream_ends_when_the_process_stops(counter: Counter) -> None:
    async with listening(counter, "rita") as one, listening(counter, "lena") as other:
        await one.next("queues")
        await other.next("queues")
        counter.app.state.live.close()

        for page in (one, other):
            await asyncio.wait_for(page.ended.wait(), PATIENCE_S)

    assert counter.app.state.live.listening == 0


# -- who else is there -----------------------------------------------------------------------------


async def test_colleagues_at_one_review_are_told_of_each_other(counter: Counter) -> None:
    await counter.in_review()
    review_id = (await counter.claim("rita")).json()["review_id"]
    async with listening(counter, "rita", f"review={review_id}") as holder:
        alone = await holder.next("others")
        async with listening(counter, "lena", f"review={review_id}") as lead:
            seen_by_holder = await holder.next("others")
            seen_by_lead = await lead.next("others")

    assert alone == {"people": []}
    assert [(p["person"], p["holds"]) for p in seen_by_holder["people"]] == [("lena", False)]
    assert [(p["person"], p["holds"]) for p in seen_by_lead["people"]] == [("rita", True)]


async def test_a_reviewer_listens_only_at_reviews_they_held(counter: Counter) -> None:
    await counter.in_review()
    review_id = (await counter.claim("rita")).json()["review_id"]

    answers = []
    for who, review in (
        ("rolf", review_id),
        ("rolf", "r-0"),
        ("lena", "r-0"),
        ("hate-lead", review_id),
    ):
        async with listening(counter, who, f"review={review}") as page:
            await asyncio.wait_for(page.ended.wait(), PATIENCE_S)
            answers.append(page.status)

    assert answers == [403, 403, 404, 404]


async def test_whose_claim_has_ended_is_seen_and_sees_nobody(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim("rita")
    review_id = claimed.json()["review_id"]
    async with listening(counter, "rita", f"review={review_id}") as before:
        await before.next("others")
        headers = {"If-Match": claimed.headers["etag"]}
        await counter.ask("rita", "POST", f"/v1/reviews/{review_id}/release", headers=headers)
        await counter.claim("rolf")
        counter.watch.passes(timedelta(minutes=1))
        async with listening(counter, "rolf", f"review={review_id}") as holder:
            seen = await holder.next("others")
            while not seen["people"]:
                seen = await holder.next("others")
        told = [event.name for event in before.events].count("others")

    assert [(p["person"], p["holds"]) for p in seen["people"]] == [("rita", False)]
    assert told == 1


async def test_the_page_about_oneself_says_how_the_day_goes(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim("rita")
    counter.watch.passes(timedelta(minutes=2))
    await counter.decide("rita", claimed, "dismiss")
    async with browser(counter, "rita") as person:
        page = (await person.open("/console/me")).text

    assert '<dd data-live="me:decided">1</dd>' in page
    assert '<dd data-live="me:median_s">2 minutes</dd>' in page
    assert "0 of 1" in page
