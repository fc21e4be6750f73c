"""Acting through Ozone: the adapter against the simulated one, and its fake, alike."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from casework.errors import CaseworkError, Gone, TurnedDown, Unavailable, WrongTarget
from casework.ports import Platform
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.ozone.fake import FakeOzone
from integrations.ozone.simulator import app
from tests.integrations.guilds import NOON, Clock
from tests.integrations.ozones import (
    AUTHOR,
    CID,
    OTHER,
    OTHER_CID,
    RECORD,
    URI,
    Network,
    ordered,
    simulated,
    simulation,
)
from tests.integrations.platform_contract import EveryPlatform, Trial, UndoingPlatform
from tests.integrations.serving import served

WEEK = timedelta(days=7)
REMOVE = ordered(ActionKind.REMOVE_ITEM, action_id="a-2")
HIDE = ordered(ActionKind.HIDE_ITEM)
SUSPEND = ordered(ActionKind.SUSPEND_ACCOUNT, lasts=WEEK)
BAN = ordered(ActionKind.BAN_ACCOUNT, action_id="a-2")
LABEL = ordered(ActionKind.LABEL_ITEM)
AGE = ordered(ActionKind.AGE_RESTRICT_ITEM)
ALL = [REMOVE, HIDE, SUSPEND, BAN, LABEL, AGE]
NOTHING_LIKE = [
    ActionKind.RESTORE_ITEM,
    ActionKind.WARN_ACCOUNT,
    ActionKind.LIMIT_REACH,
    ActionKind.TIMEOUT_ACCOUNT,
    ActionKind.KICK_ACCOUNT,
    ActionKind.OFFER_HELP,
]
by_kind = pytest.mark.parametrize("action", ALL, ids=lambda action: action.kind.value)
pairs = pytest.mark.parametrize(
    ("weaker", "stronger"), [(SUSPEND, BAN), (HIDE, REMOVE)], ids=["account", "item"]
)


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    network = await simulated()
    yield network
    await network.aclose()


@pytest.fixture(params=["real", "fake"])
def platform(request: pytest.FixtureRequest, network: Network) -> Platform:
    if request.param == "real":
        return network.ozone
    return FakeOzone(records={RECORD.id: AUTHOR.id}, accounts=frozenset({AUTHOR.id}))


@pytest.fixture(params=ALL, ids=lambda action: action.kind.value)
def trial(request: pytest.FixtureRequest, platform: Platform) -> Trial:
    return Trial(platform, request.param)


@pytest.fixture
def liftable(trial: Trial) -> Trial:
    return trial


# -- what both keep ------------------------------------------------------------------------------


class TestEveryPromise(EveryPlatform, UndoingPlatform):
    """Of the adapter and of the fake."""


async def test_what_was_undone_is_told_from_what_never_was(trial: Trial) -> None:
    await trial.platform.carry_out(trial.action)

    await trial.platform.revert(trial.action)

    assert await trial.platform.read_back(trial.action) is PlatformState.REVERTED


async def test_an_undone_action_asked_for_again_stays_undone(trial: Trial) -> None:
    await trial.platform.carry_out(trial.action)
    await trial.platform.revert(trial.action)

    await trial.platform.carry_out(trial.action)

    assert await trial.platform.read_back(trial.action) is PlatformState.REVERTED


@pytest.mark.parametrize("kind", NOTHING_LIKE)
async def test_what_ozone_has_nothing_like_is_turned_down(
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


async def test_a_record_of_somebody_else_is_not_acted_on(platform: Platform) -> None:
    with pytest.raises(WrongTarget):
        await platform.carry_out(REMOVE.model_copy(update={"account": OTHER}))

    assert await platform.read_back(REMOVE) is PlatformState.ABSENT


async def test_what_does_not_exist_is_gone(platform: Platform) -> None:
    elsewhere = RECORD.model_copy(update={"id": f"{URI}x"})

    with pytest.raises(Gone):
        await platform.carry_out(REMOVE.model_copy(update={"item": elsewhere}))
    with pytest.raises(Gone):
        await platform.carry_out(SUSPEND.model_copy(update={"account": OTHER}))


@pairs
async def test_the_stronger_takes_the_weaker_ones_place_and_outlives_its_end(
    platform: Platform, weaker: ActionRecord, stronger: ActionRecord
) -> None:
    await platform.carry_out(weaker)
    await platform.carry_out(stronger)

    await platform.revert(weaker)

    assert await platform.read_back(weaker) is PlatformState.REVERTED
    assert await platform.read_back(stronger) is PlatformState.APPLIED


async def test_a_longer_suspension_takes_a_shorter_ones_place(platform: Platform) -> None:
    longer = ordered(ActionKind.SUSPEND_ACCOUNT, action_id="a-3", lasts=2 * WEEK)
    await platform.carry_out(SUSPEND)
    await platform.carry_out(longer)

    await platform.revert(SUSPEND)

    assert await platform.read_back(longer) is PlatformState.APPLIED


@pairs
async def test_the_weaker_never_takes_the_stronger_ones_place(
    platform: Platform, weaker: ActionRecord, stronger: ActionRecord
) -> None:
    await platform.carry_out(stronger)

    with pytest.raises(TurnedDown):
        await platform.carry_out(weaker)

    assert await platform.read_back(stronger) is PlatformState.APPLIED


# -- the effects ---------------------------------------------------------------------------------


@by_kind
async def test_an_action_asked_for_three_times_has_one_effect(
    network: Network, action: ActionRecord
) -> None:
    for _ in range(3):
        await network.ozone.carry_out(action)

    assert len(await network.happened()) == 1


async def test_the_fake_counts_its_effects_and_fails_first_as_it_was_told() -> None:
    fake = FakeOzone(records={}, accounts=frozenset({AUTHOR.id}), fails_first=[Unavailable("down")])

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
    async with served(app(simulation(), clock=(clock := Clock()))) as address:
        network = Network(base=address, clock=clock)
        await network.settle()
        await network.breaks(mode)

        with pytest.raises(Unavailable):
            await network.ozone.carry_out(action)

        assert await network.ozone.read_back(action) is PlatformState.APPLIED
        await network.ozone.carry_out(action)
        assert len(await network.happened()) == 1
        await network.aclose()


@by_kind
async def test_a_yes_with_nothing_behind_it_reads_back_as_absent(
    network: Network, action: ActionRecord
) -> None:
    await network.breaks("do_nothing")

    await network.ozone.carry_out(action)

    assert await network.ozone.read_back(action) is PlatformState.ABSENT


@by_kind
async def test_a_yes_in_other_words_is_left_to_the_read_back(
    network: Network, action: ActionRecord
) -> None:
    await network.breaks("other_words")

    await network.ozone.carry_out(action)

    assert await network.ozone.read_back(action) is PlatformState.APPLIED


@by_kind
async def test_an_undo_that_did_nothing_is_seen(network: Network, action: ActionRecord) -> None:
    await network.ozone.carry_out(action)
    await network.breaks("do_nothing")

    await network.ozone.revert(action)

    assert await network.ozone.read_back(action) is PlatformState.APPLIED


@by_kind
@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("rate_limit", Unavailable),
        ("upstream", Unavailable),
        ("error", Unavailable),
        ("hang", Unavailable),
        ("no_moderator", TurnedDown),
        ("protected", TurnedDown),
    ],
)
async def test_a_refusal_has_no_effect_and_the_next_try_has_one(
    network: Network, action: ActionRecord, mode: str, error: type[CaseworkError]
) -> None:
    await network.breaks(mode)

    with pytest.raises(error):
        await network.ozone.carry_out(action)
    assert await network.happened() == []

    await network.ozone.carry_out(action)
    assert len(await network.happened()) == 1


async def test_a_rate_limit_names_its_wait(network: Network) -> None:
    await network.breaks("rate_limit")

    with pytest.raises(Unavailable) as told:
        await network.ozone.carry_out(BAN)

    assert told.value.retry_after == timedelta(seconds=7)


@by_kind
async def test_an_undo_that_is_refused_needs_a_human(
    network: Network, action: ActionRecord
) -> None:
    await network.ozone.carry_out(action)
    await network.breaks("protected")

    with pytest.raises(TurnedDown):
        await network.ozone.revert(action)

    assert await network.ozone.read_back(action) is PlatformState.APPLIED


# -- what others did -----------------------------------------------------------------------------


@pytest.mark.parametrize("action", [SUSPEND, BAN, REMOVE, HIDE], ids=lambda each: each.kind)
async def test_a_takedown_made_by_hand_is_neither_claimed_nor_lifted(
    network: Network, action: ActionRecord
) -> None:
    await network.by_hand("modEventTakedown", record=not action.kind.acts_on_account)

    with pytest.raises(TurnedDown):
        await network.ozone.carry_out(action)
    assert await network.ozone.read_back(action) is PlatformState.ABSENT
    await network.ozone.revert(action)

    assert await network.happened() == ["modEventTakedown"]


async def test_a_takedown_reversed_by_hand_reads_back_as_reverted(network: Network) -> None:
    await network.ozone.carry_out(SUSPEND)

    await network.by_hand("modEventReverseTakedown")

    assert await network.ozone.read_back(SUSPEND) is PlatformState.REVERTED


async def test_a_label_put_by_hand_is_neither_claimed_nor_taken_away(network: Network) -> None:
    labels = {"createLabelVals": ["!warn"], "negateLabelVals": []}
    await network.by_hand("modEventLabel", record=True, **labels)

    with pytest.raises(TurnedDown):
        await network.ozone.carry_out(LABEL)
    await network.ozone.revert(LABEL)

    assert await network.happened() == ["modEventLabel"]


async def test_another_label_put_by_hand_is_no_matter(network: Network) -> None:
    await network.ozone.carry_out(LABEL)
    labels = {"createLabelVals": ["spam"], "negateLabelVals": ["porn"]}
    await network.by_hand("modEventLabel", record=True, **labels)

    assert await network.ozone.read_back(LABEL) is PlatformState.APPLIED


async def test_a_label_is_taken_away_also_after_another_one_was_chosen(network: Network) -> None:
    await network.ozone.carry_out(LABEL)
    later = Network(transport=network.transport, clock=network.clock, label="spam")

    assert await later.ozone.read_back(LABEL) is PlatformState.APPLIED
    await later.ozone.revert(LABEL)

    assert await network.ozone.read_back(LABEL) is PlatformState.REVERTED


async def test_a_long_history_is_read_to_the_page_that_matters() -> None:
    network = await simulated(page=2)
    await network.ozone.carry_out(LABEL)
    for number in range(5):
        other = {"createLabelVals": [f"other-{number}"], "negateLabelVals": []}
        await network.by_hand("modEventLabel", record=True, **other)

    assert await network.ozone.read_back(LABEL) is PlatformState.APPLIED
    await network.aclose()


async def test_killed_while_taking_a_suspensions_place_the_retry_sets_the_ban(
    network: Network,
) -> None:
    await network.ozone.carry_out(SUSPEND)
    await network.breaks("act_then_500")
    with pytest.raises(Unavailable):
        await network.ozone.carry_out(BAN)
    assert await network.ozone.read_back(BAN) is PlatformState.ABSENT

    await network.ozone.carry_out(BAN)

    assert await network.ozone.read_back(BAN) is PlatformState.APPLIED
    assert (await network.summary())["doubled"] == []


# -- what was judged -----------------------------------------------------------------------------


async def test_a_record_that_changed_since_it_was_judged_is_the_wrong_target(
    network: Network,
) -> None:
    await network.tell("records", uri=URI, cid=OTHER_CID)

    with pytest.raises(WrongTarget):
        await network.ozone.carry_out(REMOVE)

    assert await network.happened() == []


async def test_a_record_judged_without_its_version_is_taken_as_it_is_now(
    network: Network,
) -> None:
    unversioned = REMOVE.model_copy(update={"item": RECORD.model_copy(update={"id": URI})})

    await network.ozone.carry_out(unversioned)

    assert await network.ozone.read_back(unversioned) is PlatformState.APPLIED
    assert CID in RECORD.id


# -- sessions ------------------------------------------------------------------------------------


async def test_a_session_that_ran_out_is_renewed_and_the_action_done_once() -> None:
    network = await simulated(session_s=60)
    await network.ozone.carry_out(SUSPEND)

    network.clock.passes(timedelta(seconds=61))
    await network.ozone.carry_out(BAN)

    summary = await network.summary()
    assert summary["logins"] == 2
    assert summary["doubled"] == []
    assert await network.ozone.read_back(BAN) is PlatformState.APPLIED
    await network.aclose()


async def test_a_wrong_password_is_turned_down_and_not_tried_again_and_again() -> None:
    network = await simulated(password=SecretStr("guessed"))

    for _ in range(3):
        with pytest.raises(TurnedDown):
            await network.ozone.carry_out(BAN)

    summary = await network.summary()
    assert summary["logins"] == 0
    assert summary["refused_logins"] == 1
    await network.aclose()
