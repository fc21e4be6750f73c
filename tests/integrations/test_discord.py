"""Acting in a Discord guild: the adapter against the simulated guild, and its fake, alike."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from casework.errors import CaseworkError, Gone, TurnedDown, Unavailable, WrongTarget
from casework.ports import Platform
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.discord.fake import FakeDiscord
from integrations.discord.simulator import DiscordSimulatorSettings, app
from tests.integrations.guilds import (
    AUTHOR,
    DAY,
    GUILD,
    MESSAGE,
    NOON,
    OTHER,
    TOKEN,
    Clock,
    Guild,
    ordered,
    simulated,
)
from tests.integrations.platform_contract import (
    EveryPlatform,
    PlatformWithFinalActions,
    Trial,
    UndoingPlatform,
)
from tests.integrations.serving import served

REMOVE = ordered(ActionKind.REMOVE_ITEM)
KICK = ordered(ActionKind.KICK_ACCOUNT)
TIMEOUT = ordered(ActionKind.TIMEOUT_ACCOUNT, lasts=DAY)
SUSPEND = ordered(ActionKind.SUSPEND_ACCOUNT, lasts=7 * DAY)
BAN = ordered(ActionKind.BAN_ACCOUNT, action_id="a-2")
WARN = ordered(ActionKind.WARN_ACCOUNT)
HELP = ordered(ActionKind.OFFER_HELP)
ALL = [REMOVE, KICK, TIMEOUT, SUSPEND, BAN, WARN, HELP]
LIFTABLE = [TIMEOUT, SUSPEND, BAN, WARN, HELP]
FINAL = [REMOVE, KICK]
NOTHING_LIKE = [
    ActionKind.HIDE_ITEM,
    ActionKind.LABEL_ITEM,
    ActionKind.AGE_RESTRICT_ITEM,
    ActionKind.RESTORE_ITEM,
    ActionKind.LIMIT_REACH,
]
by_kind = pytest.mark.parametrize("action", ALL, ids=lambda action: action.kind.value)
liftable_ones = pytest.mark.parametrize("action", LIFTABLE, ids=lambda action: action.kind.value)


@pytest.fixture
async def guild() -> AsyncIterator[Guild]:
    guild = await simulated()
    yield guild
    await guild.aclose()


@pytest.fixture(params=["real", "fake"])
def platform(request: pytest.FixtureRequest, guild: Guild) -> Platform:
    if request.param == "real":
        return guild.discord
    return FakeDiscord(
        messages={MESSAGE.id: AUTHOR.id}, members=frozenset({AUTHOR.id}), clock=guild.clock
    )


def _kind_of(action: ActionRecord) -> str:
    return action.kind.value


@pytest.fixture(params=ALL, ids=_kind_of)
def trial(request: pytest.FixtureRequest, platform: Platform) -> Trial:
    return Trial(platform, request.param)


@pytest.fixture(params=LIFTABLE, ids=_kind_of)
def liftable(request: pytest.FixtureRequest, platform: Platform) -> Trial:
    return Trial(platform, request.param)


@pytest.fixture(params=FINAL, ids=_kind_of)
def final(request: pytest.FixtureRequest, platform: Platform) -> Trial:
    return Trial(platform, request.param)


# -- what both keep ------------------------------------------------------------------------------


class TestEveryPromise(EveryPlatform, UndoingPlatform, PlatformWithFinalActions):
    """Of the adapter and of the fake."""


async def test_what_is_gone_already_is_said(final: Trial) -> None:
    await final.platform.carry_out(final.action)

    with pytest.raises(Gone):
        await final.platform.carry_out(final.action)


@pytest.mark.parametrize("kind", NOTHING_LIKE)
async def test_what_discord_has_nothing_like_is_turned_down(
    platform: Platform, kind: ActionKind
) -> None:
    with pytest.raises(TurnedDown):
        await platform.carry_out(ordered(kind))
    await platform.revert(ordered(kind))

    assert await platform.read_back(ordered(kind)) is PlatformState.ABSENT


@pytest.mark.parametrize("kind", NOTHING_LIKE)
async def test_what_stood_once_and_cannot_be_looked_for_here_needs_a_human(
    platform: Platform, kind: ActionKind
) -> None:
    with pytest.raises(TurnedDown):
        await platform.read_back(ordered(kind, confirmed_at=NOON))
    with pytest.raises(TurnedDown):
        await platform.revert(ordered(kind, confirmed_at=NOON))


async def test_a_message_by_somebody_else_is_not_deleted(platform: Platform) -> None:
    reused = ordered(ActionKind.REMOVE_ITEM, account=AUTHOR.model_copy(update={"id": OTHER}))

    with pytest.raises(WrongTarget):
        await platform.carry_out(reused)

    assert await platform.read_back(REMOVE) is PlatformState.ABSENT


async def test_a_ban_takes_a_suspensions_place_and_outlives_its_end(platform: Platform) -> None:
    await platform.carry_out(SUSPEND)
    await platform.carry_out(BAN)

    await platform.revert(SUSPEND)

    assert await platform.read_back(SUSPEND) is PlatformState.ABSENT
    assert await platform.read_back(BAN) is PlatformState.APPLIED


async def test_a_longer_suspension_takes_a_shorter_ones_place(platform: Platform) -> None:
    longer = ordered(ActionKind.SUSPEND_ACCOUNT, action_id="a-3", lasts=14 * DAY)
    await platform.carry_out(SUSPEND)
    await platform.carry_out(longer)

    await platform.revert(SUSPEND)

    assert await platform.read_back(longer) is PlatformState.APPLIED


async def test_a_suspension_never_takes_a_bans_place(platform: Platform) -> None:
    await platform.carry_out(BAN)

    with pytest.raises(TurnedDown):
        await platform.carry_out(SUSPEND)

    assert await platform.read_back(BAN) is PlatformState.APPLIED


@pytest.mark.parametrize("lasts", [None, timedelta(days=28, seconds=1)])
async def test_a_timeout_beyond_what_discord_has_is_turned_down(
    platform: Platform, lasts: timedelta | None
) -> None:
    with pytest.raises(TurnedDown):
        await platform.carry_out(ordered(ActionKind.TIMEOUT_ACCOUNT, lasts=lasts))


async def test_nobody_who_is_no_member_can_be_timed_out(platform: Platform) -> None:
    stranger = AUTHOR.model_copy(update={"id": OTHER})

    with pytest.raises(Gone):
        await platform.carry_out(TIMEOUT.model_copy(update={"account": stranger}))


# -- the effects ---------------------------------------------------------------------------------


@liftable_ones
async def test_an_action_asked_for_three_times_has_one_effect(
    guild: Guild, action: ActionRecord
) -> None:
    for _ in range(3):
        await guild.discord.carry_out(action)

    assert len(await guild.happened()) == 1


async def test_the_fake_counts_its_effects_and_fails_first_as_it_was_told() -> None:
    fake = FakeDiscord(
        messages={}, members=frozenset({AUTHOR.id}), fails_first=[Unavailable("down")]
    )

    with pytest.raises(Unavailable):
        await fake.carry_out(SUSPEND)
    await fake.carry_out(SUSPEND)
    await fake.carry_out(SUSPEND)

    assert fake.effects == {"a-1": 1}
    assert fake.asked == ["carry_out a-1"] * 3


@by_kind
@pytest.mark.parametrize("mode", ["act_then_500", "lose_answer"])
async def test_acted_and_the_answer_lost_reads_back_as_applied(
    action: ActionRecord, mode: str
) -> None:
    simulator = app(DiscordSimulatorSettings(guild=GUILD, token=TOKEN), clock=(clock := Clock()))
    async with served(simulator) as address:
        guild = Guild(base=address, clock=clock)
        await guild.settle()
        await guild.breaks(mode)

        with pytest.raises(Unavailable):
            await guild.discord.carry_out(action)

        assert await guild.discord.read_back(action) is PlatformState.APPLIED
        assert len(await guild.happened()) == 1
        await guild.aclose()


@by_kind
async def test_a_yes_with_nothing_behind_it_reads_back_as_absent(
    guild: Guild, action: ActionRecord
) -> None:
    await guild.breaks("do_nothing")

    await guild.discord.carry_out(action)

    assert await guild.discord.read_back(action) is PlatformState.ABSENT


@by_kind
async def test_a_yes_in_other_words_is_left_to_the_read_back(
    guild: Guild, action: ActionRecord
) -> None:
    await guild.breaks("other_words")

    await guild.discord.carry_out(action)

    assert await guild.discord.read_back(action) is PlatformState.APPLIED


@liftable_ones
async def test_an_undo_that_did_nothing_is_seen(guild: Guild, action: ActionRecord) -> None:
    await guild.discord.carry_out(action)
    await guild.breaks("do_nothing")

    await guild.discord.revert(action)

    assert await guild.discord.read_back(action) is PlatformState.APPLIED


@by_kind
@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("rate_limit", Unavailable),
        ("global_limit", Unavailable),
        ("shared_limit", Unavailable),
        ("shut_out", Unavailable),
        ("overloaded", Unavailable),
        ("error", Unavailable),
        ("hang", Unavailable),
        ("no_permission", TurnedDown),
        ("no_access", TurnedDown),
    ],
)
async def test_a_refusal_has_no_effect_and_the_next_try_has_one(
    guild: Guild, action: ActionRecord, mode: str, error: type[CaseworkError]
) -> None:
    await guild.breaks(mode)

    with pytest.raises(error):
        await guild.discord.carry_out(action)
    assert await guild.happened() == []

    guild.clock.passes(timedelta(minutes=11))
    await guild.discord.carry_out(action)
    assert len(await guild.happened()) == 1


async def test_a_protected_member_needs_a_human(guild: Guild) -> None:
    await guild.tell("members", user=OTHER, joined_at=NOON.isoformat(), protected=True)
    owner = AUTHOR.model_copy(update={"id": OTHER})

    with pytest.raises(TurnedDown):
        await guild.discord.carry_out(TIMEOUT.model_copy(update={"account": owner}))


async def test_a_wrong_token_is_turned_down_and_not_tried_again_and_again(guild: Guild) -> None:
    stranger = Guild(transport=guild.transport, clock=guild.clock, token=SecretStr("stolen"))

    for _ in range(5):
        with pytest.raises(TurnedDown):
            await stranger.discord.carry_out(REMOVE)

    assert (await guild.summary())["refused"] == 1


# -- timeouts ------------------------------------------------------------------------------------


async def test_a_timeout_ends_by_itself_and_then_no_longer_stands(guild: Guild) -> None:
    await guild.discord.carry_out(TIMEOUT)

    guild.clock.passes(DAY)

    assert await guild.discord.read_back(TIMEOUT) is PlatformState.ABSENT
    await guild.discord.revert(TIMEOUT)
    assert await guild.happened() == [f"timeout {AUTHOR.id}"]


async def test_a_timeout_first_tried_hours_ago_still_has_its_whole_length(guild: Guild) -> None:
    late = TIMEOUT.model_copy(update={"first_at": NOON - timedelta(hours=30)})

    await guild.discord.carry_out(late)

    assert await guild.discord.read_back(late) is PlatformState.APPLIED


async def test_a_longer_timeout_set_by_hand_is_neither_shortened_nor_lifted(guild: Guild) -> None:
    until = (NOON + 7 * DAY).isoformat()
    joined = (NOON - DAY).isoformat()
    await guild.tell("members", user=AUTHOR.id, joined_at=joined, timed_out_until=until)

    with pytest.raises(TurnedDown):
        await guild.discord.carry_out(TIMEOUT)
    await guild.discord.revert(TIMEOUT)

    assert await guild.happened() == []


async def test_a_shorter_timeout_set_by_hand_is_not_taken_for_ours(guild: Guild) -> None:
    until = (NOON + timedelta(minutes=5)).isoformat()
    joined = (NOON - DAY).isoformat()
    await guild.tell("members", user=AUTHOR.id, joined_at=joined, timed_out_until=until)
    tried_before = TIMEOUT.model_copy(update={"first_at": NOON - timedelta(minutes=1)})

    assert await guild.discord.read_back(tried_before) is PlatformState.ABSENT
    await guild.discord.carry_out(tried_before)

    assert await guild.discord.read_back(tried_before) is PlatformState.APPLIED


async def test_a_timeout_that_was_given_a_later_end_gets_it_when_carried_out_again(
    guild: Guild,
) -> None:
    await guild.discord.carry_out(TIMEOUT)
    longer = {"first_at": NOON, "confirmed_at": NOON, "ends_at": NOON + 3 * DAY}
    extended = TIMEOUT.model_copy(update=longer)

    await guild.discord.carry_out(extended)
    guild.clock.passes(2 * DAY)

    assert await guild.discord.read_back(extended) is PlatformState.APPLIED


async def test_a_timeout_cut_short_by_us_is_still_ours_to_lift(guild: Guild) -> None:
    await guild.discord.carry_out(TIMEOUT)
    confirmed = {"first_at": NOON, "confirmed_at": NOON, "ends_at": NOON + timedelta(hours=1)}

    await guild.discord.revert(TIMEOUT.model_copy(update=confirmed))

    assert await guild.happened() == [f"timeout {AUTHOR.id}", f"release {AUTHOR.id}"]


# -- kicks and bans ------------------------------------------------------------------------------


async def test_who_came_back_after_a_kick_is_not_kicked_again_by_a_retry(guild: Guild) -> None:
    kick = KICK.model_copy(update={"first_at": NOON})
    await guild.discord.carry_out(kick)
    back = (NOON + timedelta(seconds=30)).isoformat()

    await guild.tell("members", user=AUTHOR.id, joined_at=back)

    assert await guild.discord.read_back(kick) is PlatformState.APPLIED


async def test_a_ban_set_by_hand_is_neither_claimed_nor_lifted(guild: Guild) -> None:
    await guild.tell("bans", user=AUTHOR.id, reason="spammed the whole evening")

    with pytest.raises(TurnedDown):
        await guild.discord.carry_out(BAN)
    assert await guild.discord.read_back(BAN) is PlatformState.ABSENT
    await guild.discord.revert(BAN)

    assert await guild.happened() == [f"ban {AUTHOR.id}"]


async def test_a_ban_killed_while_taking_a_suspensions_place_is_set_by_the_retry(
    guild: Guild,
) -> None:
    await guild.discord.carry_out(SUSPEND)
    await guild.breaks("act_then_500")
    with pytest.raises(Unavailable):
        await guild.discord.carry_out(BAN)
    assert await guild.discord.read_back(BAN) is PlatformState.ABSENT

    await guild.discord.carry_out(BAN)

    assert await guild.discord.read_back(BAN) is PlatformState.APPLIED


# -- direct messages -----------------------------------------------------------------------------


async def test_a_warning_is_told_once_also_after_discord_has_forgotten_its_nonce(
    guild: Guild,
) -> None:
    await guild.breaks("act_then_500")
    with pytest.raises(Unavailable):
        await guild.discord.carry_out(WARN)

    guild.clock.passes(timedelta(hours=6))
    await guild.discord.carry_out(WARN)

    assert await guild.happened() == [f"tell {AUTHOR.id}"]


async def test_a_warning_is_found_behind_a_long_conversation(guild: Guild) -> None:
    await guild.discord.carry_out(WARN)
    await guild.says(250)

    assert await guild.discord.read_back(WARN) is PlatformState.APPLIED


async def test_a_conversation_is_read_no_further_back_than_the_first_try(guild: Guild) -> None:
    await guild.says(2_000)
    guild.clock.passes(timedelta(hours=1))

    first_tried_now = WARN.model_copy(update={"first_at": guild.clock()})

    assert await guild.discord.read_back(first_tried_now) is PlatformState.ABSENT
    with pytest.raises(TurnedDown):
        await guild.discord.read_back(WARN)


async def test_what_the_account_says_itself_is_no_warning(guild: Guild) -> None:
    await guild.says(1, "Reference: a-1")

    assert await guild.discord.read_back(WARN) is PlatformState.ABSENT


async def test_somebody_who_takes_no_messages_needs_a_human(guild: Guild) -> None:
    joined = (NOON - DAY).isoformat()
    await guild.tell("members", user=AUTHOR.id, joined_at=joined, closed=True)

    with pytest.raises(TurnedDown):
        await guild.discord.carry_out(WARN)


async def test_a_warning_names_the_rule_and_its_reference_and_calls_nobody(guild: Guild) -> None:
    await guild.discord.carry_out(WARN)

    [told] = (await guild.summary())["happenings"]

    assert "(Community Guidelines, Harassment)" in told["reason"]
    assert told["reason"].endswith("\n\nReference: a-1")
