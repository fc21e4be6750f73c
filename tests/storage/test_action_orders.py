"""What people order about an action, in the database."""

from datetime import timedelta

import pytest

from casework.action_orders import Order
from casework.errors import Conflict, Malformed, NotConfirmed, NotFound, TooLate
from casework.records import Person
from casework.words import ActionKind, ActionState, Role
from storage import audit_check
from tests.storage.office import Office

OTTO = Person(id="otto", role=Role.ONCALL)
DAY = timedelta(days=1)


async def suspended(office: Office, name: str = "det-1", item: str = "m-1") -> str:
    """A suspension for a day that stands; its id."""
    case = await office.opened(name, item=item)
    decided = await office.enforce(case, ActionKind.SUSPEND_ACCOUNT, lasts=DAY)
    for due in decided.actions:
        await office.carry_out(due.action_id)
    return (await office.planned(case, ActionKind.SUSPEND_ACCOUNT))[0].action_id


async def planned(office: Office) -> str:
    case = await office.opened()
    return (await office.enforce(case)).actions[0].action_id


async def test_an_end_can_be_moved_both_ways_and_the_last_word_counts(office: Office) -> None:
    orders, action = office.store.action_orders, await suspended(office)
    first = (await office.store.actions.action(action)).ends_at
    later, sooner = office.clock.now + 3 * DAY, office.clock.now + DAY / 2

    await orders.reschedule(action, OTTO, later, "again")
    moved = await orders.reschedule(action, OTTO, sooner, "too long after all")
    change = await office.store.orders.latest_change(action)

    assert first == office.clock.now + DAY
    assert (moved.ends_at, moved.was_moved) == (sooner, True)
    assert change is not None
    assert (change.before, change.action.ends_at) == (later, sooner)


async def test_moving_it_to_the_same_end_again_is_one_order(office: Office) -> None:
    orders, action = office.store.action_orders, await suspended(office)
    later = office.clock.now + 3 * DAY
    case = (await office.store.actions.action(action)).case_id

    await orders.reschedule(action, OTTO, later, "again")
    await orders.reschedule(action, OTTO, later, "again")

    assert (await office.events(case)).count("order_given") == 1


async def test_what_is_released_is_overdue_until_it_is_lifted(office: Office) -> None:
    orders, action = office.store.action_orders, await suspended(office)

    await orders.release(action, OTTO, "a mix-up")
    office.clock.now += timedelta(seconds=10)
    waiting = await orders.overdue(timedelta(seconds=5))
    await office.store.actions.settle_action(action, ActionState.LAPSED)

    assert waiting == [action]
    assert await orders.overdue(timedelta(seconds=5)) == []


async def test_releasing_twice_is_releasing_once_also_after_it_was_lifted(office: Office) -> None:
    orders, action = office.store.action_orders, await suspended(office)
    case = (await office.store.actions.action(action)).case_id
    await orders.release(action, OTTO, "a mix-up")

    office.clock.now += timedelta(seconds=2)
    again = await orders.release(action, OTTO, "a mix-up")
    await office.store.actions.settle_action(action, ActionState.LAPSED)
    once_more = await orders.release(action, OTTO, "a mix-up")

    assert again.state is ActionState.CONFIRMED
    assert once_more.state is ActionState.LAPSED
    assert (await office.events(case)).count("order_given") == 1


async def test_an_end_in_the_past_or_for_no_reason_is_refused(office: Office) -> None:
    orders, action = office.store.action_orders, await suspended(office)

    with pytest.raises(Malformed):
        await orders.reschedule(action, OTTO, office.clock.now, "now")
    with pytest.raises(Malformed):
        await orders.reschedule(action, OTTO, office.clock.now + DAY * 2, "  ")

    assert not (await office.store.actions.action(action)).was_moved


async def test_what_is_over_for_good_or_merged_has_no_end_to_move(office: Office) -> None:
    orders, over = office.store.action_orders, await suspended(office)
    merged = await suspended(office, "det-2", item="m-2")
    removal = (await office.enforce(await office.opened("det-3", item="m-3"))).actions[0].action_id
    await office.carry_out(removal)
    later = office.clock.now + 2 * DAY

    with pytest.raises(Conflict):
        await orders.reschedule(merged, OTTO, later, "again")
    with pytest.raises(Conflict):
        await orders.release(removal, OTTO, "a mix-up")
    await office.store.actions.settle_action(over, ActionState.LAPSED)
    with pytest.raises(TooLate):
        await orders.reschedule(over, OTTO, later, "again")


async def test_an_action_is_cancelled_or_attempted_and_never_both(office: Office) -> None:
    orders, action = office.store.action_orders, await planned(office)

    await orders.cancel(action, OTTO, "the detector is broken")
    again = await orders.cancel(action, OTTO, "the detector is broken")
    with pytest.raises(NotConfirmed):
        await office.store.actions.attempting(action)

    assert again.state is ActionState.CANCELLED
    assert (await office.store.action_reads.one(action)).may == ()


async def test_what_was_attempted_cannot_be_cancelled(office: Office) -> None:
    orders, action = office.store.action_orders, await planned(office)
    await office.store.actions.attempting(action)

    with pytest.raises(TooLate):
        await orders.cancel(action, OTTO, "the detector is broken")

    assert await office.states(action) == [ActionState.ATTEMPTED]


async def test_what_a_sibling_rests_on_is_not_cancelled(office: Office) -> None:
    case = await office.opened("det-1", item="m-1")
    first = await office.enforce(case, ActionKind.SUSPEND_ACCOUNT, lasts=DAY)
    sibling = await office.opened("det-2", item="m-2")
    await office.enforce(sibling, ActionKind.SUSPEND_ACCOUNT, lasts=DAY)

    with pytest.raises(Conflict):
        await office.store.action_orders.cancel(first.actions[0].action_id, OTTO, "no")


async def test_only_what_waits_can_be_written_off(office: Office) -> None:
    orders, action = office.store.action_orders, await planned(office)
    with pytest.raises(Conflict):
        await orders.write_off(action, OTTO, "never tried")
    await office.store.actions.attempting(action)
    await office.store.actions.settle_action(action, ActionState.NEEDS_HUMAN, "turned_down")
    offered = (await office.store.action_reads.one(action)).may

    written_off = await orders.write_off(action, OTTO, "done by hand")
    done = await planned_and_done(office)
    with pytest.raises(Conflict):
        await orders.write_off(done, OTTO, "it stands")

    assert offered == (Order.WRITE_OFF,)
    assert written_off.state is ActionState.WRITTEN_OFF


async def test_what_is_being_tried_is_not_written_off(office: Office) -> None:
    action = await planned(office)
    await office.store.actions.attempting(action)

    with pytest.raises(Conflict):
        await office.store.action_orders.write_off(action, OTTO, "impatient")

    assert (await office.store.action_reads.one(action)).may == ()


async def test_what_rests_on_an_effect_that_never_came_about_ends_with_it(office: Office) -> None:
    case = await office.opened("det-1", item="m-1")
    first = (await office.enforce(case, ActionKind.SUSPEND_ACCOUNT, lasts=DAY)).actions[0].action_id
    sibling = await office.opened("det-2", item="m-2")
    await office.enforce(sibling, ActionKind.SUSPEND_ACCOUNT, lasts=DAY)
    [merged] = [each.action_id for each in await office.store.action_reads.of_case(sibling)]
    await office.store.actions.attempting(first)
    await office.store.actions.settle_action(first, ActionState.NEEDS_HUMAN, "turned_down")

    await office.store.action_orders.write_off(first, OTTO, "cannot be done")

    assert await office.states(first, merged) == [ActionState.WRITTEN_OFF] * 2


async def test_what_came_about_after_it_was_written_off_is_known_to_stand(office: Office) -> None:
    action = await planned(office)
    await office.store.actions.attempting(action)
    await office.store.actions.settle_action(action, ActionState.NEEDS_HUMAN, "tried_in_vain")
    await office.store.action_orders.write_off(action, OTTO, "cannot be done")

    await office.store.actions.settle_action(action, ActionState.CONFIRMED)

    assert await office.states(action) == [ActionState.CONFIRMED]


async def planned_and_done(office: Office) -> str:
    case = await office.opened("det-9", item="m-9")
    action = (await office.enforce(case)).actions[0].action_id
    await office.carry_out(action)
    return action


async def test_an_unknown_action_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.action_orders.release("a-none", OTTO, "why")


async def test_the_trail_verifies_after_every_kind_of_order(office: Office) -> None:
    orders, suspension = office.store.action_orders, await suspended(office)
    case = await office.opened("det-5", item="m-5")
    other = (await office.enforce(case)).actions[0].action_id
    await orders.reschedule(suspension, OTTO, office.clock.now + 2 * DAY, "again")
    await orders.release(suspension, OTTO, "enough")
    await orders.cancel(other, OTTO, "no")

    report = await audit_check.verify(office.store.database, office.store.keyring, None)

    assert report.problems == ()
