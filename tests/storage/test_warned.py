"""Whether an account was warned before its strikes may suspend it."""

from datetime import timedelta

from casework.words import ActionKind
from tests.storage.office import Office


async def warned(office: Office) -> bool:
    """As a case on another item of the account sees it."""
    office.clock.passes(timedelta(hours=1))
    case = await office.opened("det-seen", item="m-seen")
    return (await office.store.cases.file(case)).warned


async def test_a_decision_that_was_not_told_is_no_warning(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case)

    assert not await warned(office)


async def test_a_decision_that_was_told_is_one(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))

    assert await warned(office)
    assert not (await office.store.cases.file(case)).warned


async def test_so_is_a_warning_that_was_carried_out(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case, ActionKind.WARN_ACCOUNT)
    await office.carry_out(*(due.action_id for due in decided.actions))

    assert await warned(office)


async def test_what_was_taken_back_has_warned_nobody(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    await office.overturn(case)

    assert not await warned(office)


async def test_a_warning_is_forgotten_with_its_strike(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    office.clock.passes(timedelta(days=91))

    assert not await warned(office)


async def test_another_account_s_warning_is_not_one(office: Office) -> None:
    case = await office.opened("det-2", account="acc-2")
    await office.finish(case, await office.enforce(case))

    assert not await warned(office)
