"""Discord's limits: kept before they are told, honoured when they are, and never learnt from
nonsense."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import TurnedDown, Unavailable
from casework.words import ActionKind
from integrations.discord.client import Discord
from integrations.discord.limits import RateLimits, Route
from integrations.http import LONGEST_WAIT
from tests.integrations.guilds import AUTHOR, MESSAGE, Clock, ordered, settings, simulated
from tests.integrations.strangers import Answer, always, outbound_to

BAN = ordered(ActionKind.BAN_ACCOUNT)
REMOVE = ordered(ActionKind.REMOVE_ITEM)
BANS = Route(pattern="GET guilds/*/bans/*", major="1")
TOO_FAST = b'{"message": "slow down", "retry_after": 64.57, "global": %s}'


async def asked_after(answer: Answer, clock: Clock, wait: timedelta) -> int:
    """How many requests were sent for one ban, and for one more after the wait."""
    seen: list[httpx.Request] = []

    def counting(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(request)

    async with outbound_to(counting) as http:
        discord = Discord(http, settings(), clock=clock, pause=clock.wait)
        with pytest.raises(Unavailable):
            await discord.read_back(BAN)
        clock.passes(wait)
        with pytest.raises(Unavailable):
            await discord.read_back(BAN)
    return len(seen)


async def test_twenty_at_once_are_never_told_off() -> None:
    guild = await simulated(per_window=5, patience=timedelta(seconds=2))
    for number in range(20):
        await guild.tell("messages", channel="7", message=str(100 + number), author=AUTHOR.id)
    actions = [
        REMOVE.model_copy(update={"item": MESSAGE.model_copy(update={"id": f"7/{100 + number}"})})
        for number in range(20)
    ]

    for action in actions:
        await guild.discord.carry_out(action)

    summary = await guild.summary()
    assert summary["told_off"] == 0
    assert len(summary["happenings"]) == 20
    assert len(guild.clock.waited) >= 3
    await guild.aclose()


def told(remaining: int, reset_after: str = "1.0") -> dict[str, str]:
    return {
        "x-ratelimit-bucket": "abcd1234",
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset-after": reset_after,
    }


def test_those_under_way_together_share_what_is_left() -> None:
    limits = RateLimits(clock := Clock())
    limits.learn(BANS, told(2))

    waits = [limits.wait(BANS) for _ in range(3)]
    clock.passes(timedelta(seconds=1))
    later = [limits.wait(BANS) for _ in range(6)]

    assert waits == [timedelta(), timedelta(), timedelta(seconds=1)]
    assert later == [*[timedelta()] * 5, timedelta(seconds=1)]


def test_an_answer_that_was_overtaken_gives_nothing_back() -> None:
    limits = RateLimits(Clock())

    limits.learn(BANS, told(0, "0.9"))
    limits.learn(BANS, told(3, "1.0"))

    assert limits.wait(BANS) > timedelta()


def test_two_routes_with_one_bucket_share_it_and_two_guilds_do_not() -> None:
    limits = RateLimits(Clock())
    members = Route(pattern="GET guilds/*/members/*", major="1")
    elsewhere = Route(pattern="GET guilds/*/bans/*", major="2")

    limits.learn(members, told(3))
    limits.learn(BANS, told(0))

    assert limits.wait(members) > timedelta()
    assert limits.wait(elsewhere) == timedelta()


async def test_one_channels_limit_does_not_hold_up_another() -> None:
    guild = await simulated(per_window=1, patience=timedelta())
    await guild.tell("messages", channel="8", message="9", author=AUTHOR.id)
    elsewhere = REMOVE.model_copy(update={"item": MESSAGE.model_copy(update={"id": "8/9"})})
    await guild.discord.carry_out(REMOVE)

    with pytest.raises(Unavailable):
        await guild.discord.read_back(REMOVE)
    await guild.discord.carry_out(elsewhere)

    assert (await guild.summary())["told_off"] == 0
    await guild.aclose()


async def test_a_429_is_waited_out_with_its_own_decimals_and_nothing_is_sent_before() -> None:
    clock = Clock()
    answer = always(429, TOO_FAST % b"false", retry_after="65")

    assert await asked_after(answer, clock, timedelta(seconds=60)) == 1
    assert await asked_after(answer, Clock(), timedelta(seconds=65)) == 2


async def test_a_wait_that_was_named_is_passed_on() -> None:
    async with outbound_to(always(429, TOO_FAST % b"false", retry_after="65")) as http:
        with pytest.raises(Unavailable) as told:
            await Discord(http, settings()).read_back(BAN)

    assert told.value.retry_after == timedelta(seconds=64.57)


async def test_a_global_limit_holds_up_everything_and_one_buckets_does_not() -> None:
    for is_global, sent in ((b"true", 1), (b"false", 2)):
        seen: list[str] = []

        def answer(
            request: httpx.Request, seen: list[str] = seen, word: bytes = is_global
        ) -> httpx.Response:
            seen.append(request.url.path)
            return httpx.Response(429, content=TOO_FAST % word)

        async with outbound_to(answer) as http:
            discord = Discord(http, settings(), clock=Clock())
            for action in (BAN, REMOVE, BAN, REMOVE):
                with pytest.raises(Unavailable):
                    await discord.read_back(action)

        assert len(seen) == sent


async def test_shut_out_by_the_network_nothing_is_asked_for_ten_minutes() -> None:
    answer = always(429, b"error code: 1015")

    assert await asked_after(answer, Clock(), timedelta(minutes=9)) == 1
    assert await asked_after(answer, Clock(), timedelta(minutes=10)) == 2


async def test_a_wait_of_a_year_is_cut() -> None:
    async with outbound_to(always(429, b'{"retry_after": 31536000, "global": true}')) as http:
        with pytest.raises(Unavailable) as told:
            await Discord(http, settings()).read_back(BAN)

    assert told.value.retry_after == LONGEST_WAIT


async def test_too_many_refusals_make_us_fall_silent_before_discord_shuts_us_out() -> None:
    clock = Clock()
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(403, json={"code": 50013})

    async with outbound_to(answer) as http:
        discord = Discord(http, settings(invalid_cap=3), clock=clock)
        for _ in range(3):
            with pytest.raises(TurnedDown):
                await discord.read_back(BAN)
        with pytest.raises(Unavailable) as told:
            await discord.read_back(BAN)
        clock.passes(timedelta(minutes=10))
        with pytest.raises(TurnedDown):
            await discord.read_back(BAN)

    assert told.value.retry_after == timedelta(minutes=10)
    assert len(seen) == 4


async def test_a_limit_shared_by_everybody_does_not_count_against_us() -> None:
    async with outbound_to(always(429, TOO_FAST % b"false", x_ratelimit_scope="shared")) as http:
        clock = Clock()
        discord = Discord(http, settings(invalid_cap=1), clock=clock)
        for _ in range(3):
            with pytest.raises(Unavailable) as told:
                await discord.read_back(BAN)
            clock.passes(timedelta(seconds=65))

    assert told.value.retry_after == timedelta(seconds=64.57)


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        f"x-ratelimit-{name}": st.one_of(
            st.text(max_size=20), st.integers().map(str), st.floats().map(str)
        )
        for name in ("bucket", "limit", "remaining", "reset-after")
    },
)


@given(st.lists(HEADERS, max_size=5))
def test_no_headers_can_park_us_for_longer_than_an_hour(headers: list[dict[str, str]]) -> None:
    limits = RateLimits(Clock())

    for each in headers:
        limits.learn(BANS, each)

    assert timedelta() <= limits.wait(BANS) <= LONGEST_WAIT
