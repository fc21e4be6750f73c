"""Platforms with one yes or no for an account, which several actions turn: the last lifts it."""

from datetime import timedelta

import pytest

from activities.enforcing import Enforcing
from casework.errors import TurnedDown
from casework.orders import CarryOut, TakeBack
from casework.words import ActionKind, ActionState
from integrations.matrix.fake import FakeMatrix
from tests.storage.office import Office
from tests.unbraked import without_limits

SUSPEND = ActionKind.SUSPEND_ACCOUNT
SWITCH = frozenset({SUSPEND})
QUARANTINE = frozenset({ActionKind.HIDE_ITEM, ActionKind.REMOVE_ITEM})
DAY = timedelta(days=1)


@pytest.fixture
def matrix() -> FakeMatrix:
    return FakeMatrix(messages={}, media={}, accounts=frozenset({"acc-1"}))


@pytest.fixture
def enforcing(office: Office, matrix: FakeMatrix) -> Enforcing:
    return Enforcing(office.store.actions, matrix, without_limits)


async def suspended(office: Office, enforcing: Enforcing, name: str, lasts: timedelta) -> str:
    """A case of its own about the same account, and the suspension it led to."""
    case = await office.opened(name, item=name)
    [due] = (await office.enforce(case, SUSPEND, lasts=lasts)).actions
    await enforcing.carry_out(CarryOut(action_id=due.action_id))
    return due.action_id


def lapsed(action_id: str) -> TakeBack:
    return TakeBack(action_id=action_id, ends=ActionState.LAPSED)


async def test_a_short_suspension_that_ends_does_not_lift_a_longer_one(
    office: Office, enforcing: Enforcing, matrix: FakeMatrix
) -> None:
    short = await suspended(office, enforcing, "det-1", DAY)
    long = await suspended(office, enforcing, "det-2", 7 * DAY)
    office.clock.passes(DAY)

    await enforcing.take_back(lapsed(short))
    meanwhile = set(matrix.switched)
    office.clock.passes(6 * DAY)
    await enforcing.take_back(lapsed(long))

    assert meanwhile == {(SUSPEND, "acc-1")}
    assert matrix.switched == set()
    assert await office.states(short, long) == [ActionState.RELEASED, ActionState.LAPSED]


async def test_a_suspension_under_way_counts_and_one_that_nobody_began_does_not(
    office: Office, enforcing: Enforcing
) -> None:
    held = await suspended(office, enforcing, "det-1", DAY)
    case = await office.opened("det-2", item="det-2")
    [due] = (await office.enforce(case, SUSPEND, lasts=7 * DAY)).actions

    planned = await office.store.actions.shared_effect(held, SWITCH)
    await office.store.actions.attempting(due.action_id)
    attempted = await office.store.actions.shared_effect(held, SWITCH)

    assert (planned, attempted) == (False, True)


@pytest.mark.parametrize("state", [ActionState.PARKED, ActionState.NEEDS_HUMAN])
async def test_a_suspension_that_waits_for_somebody_keeps_nobody_suspended(
    office: Office, enforcing: Enforcing, state: ActionState
) -> None:
    held = await suspended(office, enforcing, "det-1", DAY)
    case = await office.opened("det-2", item="det-2")
    [due] = (await office.enforce(case, SUSPEND, lasts=7 * DAY)).actions
    await office.store.actions.settle_action(due.action_id, state)

    assert not await office.store.actions.shared_effect(held, SWITCH)


async def test_a_suspension_whose_time_is_over_does_not_count(
    office: Office, enforcing: Enforcing
) -> None:
    held = await suspended(office, enforcing, "det-1", 2 * DAY)
    ended = await suspended(office, enforcing, "det-2", 3 * DAY)
    office.clock.passes(3 * DAY)

    assert not await office.store.actions.shared_effect(held, SWITCH)
    assert await office.states(ended) == [ActionState.CONFIRMED]


async def test_a_suspension_that_was_overturned_does_not_count(
    office: Office, enforcing: Enforcing
) -> None:
    held = await suspended(office, enforcing, "det-1", DAY)
    case = await office.opened("det-2", item="det-2")
    await office.finish(case, await office.enforce(case, SUSPEND, lasts=7 * DAY))

    before = await office.store.actions.shared_effect(held, SWITCH)
    await office.overturn(case)

    assert before
    assert not await office.store.actions.shared_effect(held, SWITCH)


async def test_another_account_s_suspension_or_another_switch_does_not_count(
    office: Office, enforcing: Enforcing
) -> None:
    held = await suspended(office, enforcing, "det-1", DAY)
    elsewhere = await office.opened("det-2", item="det-2", account="acc-2")
    await office.finish(elsewhere, await office.enforce(elsewhere, SUSPEND, lasts=7 * DAY))
    same = await office.opened("det-3", item="det-3")
    await office.finish(same, await office.enforce(same, ActionKind.BAN_ACCOUNT))

    assert not await office.store.actions.shared_effect(held, SWITCH)


async def test_what_was_hidden_meanwhile_stays_so_when_it_is_removed(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case, ActionKind.HIDE_ITEM)
    [interim] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    await office.carry_out(interim.action_id)

    decided = await office.enforce(case, by="ann", closes=review.review_id, step="1/first")
    await office.carry_out(*(due.action_id for due in decided.actions))

    assert decided.takes_back == (interim.action_id,)
    assert await office.store.actions.shared_effect(interim.action_id, QUARANTINE)
    assert not await office.store.actions.shared_effect(interim.action_id)


async def test_a_platform_that_knows_its_actions_lifts_each_by_itself(
    office: Office, enforcing: Enforcing
) -> None:
    held = await suspended(office, enforcing, "det-1", DAY)
    await suspended(office, enforcing, "det-2", 7 * DAY)

    assert not await office.store.actions.shared_effect(held)


async def test_what_somebody_switched_on_by_hand_is_not_claimed(
    office: Office, enforcing: Enforcing, matrix: FakeMatrix
) -> None:
    matrix.switched.add((SUSPEND, "acc-1"))
    case = await office.opened()
    [due] = (await office.enforce(case, SUSPEND, lasts=DAY)).actions

    with pytest.raises(TurnedDown, match="another's hand"):
        await enforcing.carry_out(CarryOut(action_id=due.action_id))
    by_hand = await office.states(due.action_id)
    matrix.switched.clear()
    await enforcing.carry_out(CarryOut(action_id=due.action_id))

    assert by_hand == [ActionState.NEEDS_HUMAN]
    assert await office.states(due.action_id) == [ActionState.CONFIRMED]
    assert matrix.effects[due.action_id] == 1


async def test_a_suspension_that_is_just_being_lifted_is_known_as_ours(
    office: Office, enforcing: Enforcing, matrix: FakeMatrix
) -> None:
    ending = await suspended(office, enforcing, "det-1", DAY)
    office.clock.passes(2 * DAY)

    longer = await suspended(office, enforcing, "det-2", 7 * DAY)
    await enforcing.take_back(lapsed(ending))

    assert matrix.switched == {(SUSPEND, "acc-1")}
    assert await office.states(ending, longer) == [ActionState.RELEASED, ActionState.CONFIRMED]


async def test_our_own_suspension_is_ours_after_a_lost_answer(
    office: Office, enforcing: Enforcing, matrix: FakeMatrix
) -> None:
    case = await office.opened()
    [due] = (await office.enforce(case, SUSPEND, lasts=DAY)).actions
    await office.store.actions.attempting(due.action_id)
    matrix.switched.add((SUSPEND, "acc-1"))

    await enforcing.carry_out(CarryOut(action_id=due.action_id))

    assert await office.states(due.action_id) == [ActionState.CONFIRMED]
