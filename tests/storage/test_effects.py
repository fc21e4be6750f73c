"""One account, one truth: what two cases want of the same target happens once."""

import asyncio
from datetime import timedelta

import pytest

from casework.errors import NotConfirmed
from casework.words import ActionKind, ActionState
from tests.storage.office import Office

BAN = ActionKind.BAN_ACCOUNT
SUSPEND = ActionKind.SUSPEND_ACCOUNT
HIDE = ActionKind.HIDE_ITEM
WEEK = timedelta(days=7)


async def siblings(office: Office) -> tuple[str, str]:
    """Two cases about one account."""
    return await office.opened("det-1"), await office.opened("det-2", item="m-2")


async def ban_of(office: Office, case: str) -> str:
    return (await office.planned(case, BAN))[0].action_id


async def test_a_sibling_s_action_is_merged_into_the_one_under_way(office: Office) -> None:
    first, second = await siblings(office)
    await office.enforce(first, BAN)

    decided = await office.enforce(second, BAN)

    action = await office.store.actions.action(await ban_of(office, second))
    assert decided.actions == ()
    assert action.state is ActionState.MERGED
    assert action.platform_ref == await ban_of(office, first)


async def test_siblings_decided_at_once_act_once(office: Office) -> None:
    cases = [await office.opened(f"det-{n}", item=f"m-{n}") for n in range(6)]

    await asyncio.gather(*(office.enforce(case, BAN) for case in cases))

    states = await office.states(*[await ban_of(office, case) for case in cases])
    assert sorted(states) == [ActionState.MERGED] * 5 + [ActionState.PLANNED]


async def test_another_kind_or_another_target_is_not_merged(office: Office) -> None:
    first, second = await siblings(office)
    await office.enforce(first, BAN, ActionKind.REMOVE_ITEM)

    decided = await office.enforce(second, ActionKind.WARN_ACCOUNT, ActionKind.REMOVE_ITEM)

    assert len(decided.actions) == 2


async def test_an_action_that_is_over_is_not_merged_into(office: Office) -> None:
    first, second = await siblings(office)
    await office.enforce(first, BAN)
    await office.store.actions.settle_action(await ban_of(office, first), ActionState.REVERTED)

    decided = await office.enforce(second, BAN)

    assert len(decided.actions) == 1


async def test_a_longer_suspension_is_not_lost_in_a_shorter_one(office: Office) -> None:
    first, second = await siblings(office)
    decided = await office.enforce(first, SUSPEND, lasts=WEEK)
    await office.carry_out(decided.actions[0].action_id)
    office.clock.passes(timedelta(days=5))

    longer = await office.enforce(second, SUSPEND, lasts=WEEK)

    assert len(longer.actions) == 1


async def test_a_merged_suspension_ends_with_the_one_it_was_merged_into(office: Office) -> None:
    first, second = await siblings(office)
    [holder] = (await office.enforce(first, SUSPEND, lasts=WEEK)).actions
    await office.carry_out(holder.action_id)
    await office.enforce(second, SUSPEND, lasts=WEEK)
    [merged] = await office.planned(second, SUSPEND)
    office.clock.passes(WEEK)

    is_shared = await office.store.actions.shared_effect(holder.action_id)
    await office.store.actions.settle_action(holder.action_id, ActionState.LAPSED)

    assert not is_shared
    assert await office.states(merged.action_id) == [ActionState.LAPSED]


async def test_an_overturned_ban_stays_while_a_sibling_wants_it(office: Office) -> None:
    first, second = await siblings(office)
    await office.finish(first, await office.enforce(first, BAN))
    await office.enforce(second, BAN)

    overturned = await office.overturn(first)

    assert overturned.takes_back == (await ban_of(office, first),)
    assert await office.store.actions.shared_effect(await ban_of(office, first))
    await office.store.actions.settle_action(await ban_of(office, first), ActionState.REVERTED)
    assert await office.states(await ban_of(office, second)) == [ActionState.MERGED]


async def test_the_last_one_to_want_a_ban_takes_it_back(office: Office) -> None:
    first, second = await siblings(office)
    await office.finish(first, await office.enforce(first, BAN))
    await office.finish(second, await office.enforce(second, BAN))
    await office.overturn(first)
    await office.store.actions.settle_action(await ban_of(office, first), ActionState.REVERTED)

    overturned = await office.overturn(second)

    action = await office.store.actions.action(await ban_of(office, second))
    assert overturned.takes_back == (action.action_id,)
    assert not await office.store.actions.shared_effect(action.action_id)
    assert action.platform_ref == await ban_of(office, first)


async def test_a_suspension_that_a_sibling_wants_is_left_to_end_by_itself(office: Office) -> None:
    first, second = await siblings(office)
    decided = await office.enforce(first, SUSPEND, lasts=WEEK)
    await office.finish(first, decided)
    await office.enforce(second, SUSPEND, lasts=WEEK)

    overturned = await office.overturn(first)

    assert overturned.takes_back == ()
    assert await office.states(decided.actions[0].action_id) == [ActionState.CONFIRMED]


async def test_a_suspension_that_nobody_wants_any_more_is_undone(office: Office) -> None:
    first, second = await siblings(office)
    decided = await office.enforce(first, SUSPEND, lasts=WEEK)
    await office.finish(first, decided)
    await office.finish(second, await office.enforce(second, SUSPEND, lasts=WEEK))
    [merged] = await office.planned(second, SUSPEND)
    await office.overturn(first)

    overturned = await office.overturn(second)
    is_shared = await office.store.actions.shared_effect(merged.action_id)
    await office.store.actions.settle_action(merged.action_id, ActionState.REVERTED)

    assert overturned.takes_back == (merged.action_id,)
    assert not is_shared
    assert await office.states(decided.actions[0].action_id) == [ActionState.REVERTED]


async def test_an_unattempted_action_of_a_withdrawn_decision_is_cancelled(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case, BAN)

    overturned = await office.overturn(case)

    assert overturned.takes_back == ()
    assert await office.states(await ban_of(office, case)) == [ActionState.CANCELLED]


async def test_an_attempted_action_of_a_withdrawn_decision_is_taken_back(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case, BAN)
    await office.store.actions.attempting(await ban_of(office, case))

    overturned = await office.overturn(case)

    assert overturned.takes_back == (await ban_of(office, case),)


async def test_a_withdrawn_decision_s_strike_does_not_count(office: Office) -> None:
    first, second = await siblings(office)
    await office.enforce(first, BAN)

    await office.overturn(first)

    assert (await office.store.cases.file(second)).strikes == 0
    assert "strike_withdrawn" in await office.events(first)


async def test_an_interim_measure_that_is_decided_for_good_stays_without_a_gap(
    office: Office,
) -> None:
    case = await office.opened()
    review = await office.ask(case, HIDE)
    [interim] = await office.planned(case, HIDE, interim=True)
    [final] = await office.planned(case, HIDE)
    await office.carry_out(interim.action_id)

    decided = await office.enforce(case, HIDE, by="ann", closes=review.review_id, step="1/first")

    assert decided.actions == ()
    assert decided.takes_back == (interim.action_id,)
    assert await office.store.actions.shared_effect(interim.action_id)
    assert (await office.store.actions.action(final.action_id)).platform_ref == interim.action_id


async def test_an_interim_measure_nobody_attempted_is_not_relied_on(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case, HIDE)
    [interim] = await office.planned(case, HIDE, interim=True)

    decided = await office.enforce(case, HIDE, by="ann", closes=review.review_id, step="1/first")

    assert len(decided.actions) == 1
    assert await office.states(interim.action_id) == [ActionState.CANCELLED]


async def test_an_interim_measure_is_undone_when_the_case_is_dismissed(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case, HIDE)
    [interim] = await office.planned(case, HIDE, interim=True)
    await office.carry_out(interim.action_id)

    decided = await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")

    assert decided.takes_back == (interim.action_id,)
    assert not await office.store.actions.shared_effect(interim.action_id)


async def test_attempts_are_counted_and_confirmation_is_written_once(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case, BAN)
    ban = await ban_of(office, case)
    await office.store.actions.attempting(ban)
    first_at = office.clock.now
    office.clock.passes(timedelta(minutes=1))
    await office.store.actions.attempting(ban)
    await office.store.actions.settle_action(ban, ActionState.CONFIRMED)
    confirmed_at = office.clock.now
    office.clock.passes(timedelta(minutes=1))

    await office.store.actions.settle_action(ban, ActionState.CONFIRMED)

    action = await office.store.actions.action(ban)
    assert (action.attempts, action.first_at, action.confirmed_at) == (2, first_at, confirmed_at)
    assert (await office.events(case)).count("action_confirmed") == 1


async def test_an_action_that_was_cancelled_meanwhile_is_not_attempted(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case, BAN)
    await office.overturn(case)

    with pytest.raises(NotConfirmed):
        await office.store.actions.attempting(await ban_of(office, case))


@pytest.mark.parametrize("late", [ActionState.CONFIRMED, ActionState.ATTEMPTED])
async def test_what_is_over_stays_over(office: Office, late: ActionState) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case, BAN))
    await office.store.actions.settle_action(await ban_of(office, case), ActionState.REVERTED)

    await office.store.actions.settle_action(await ban_of(office, case), late)

    assert await office.states(await ban_of(office, case)) == [ActionState.REVERTED]
