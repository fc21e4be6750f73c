"""One account, one truth: what happens on it at one moment adds up as if one after the other."""

import asyncio
from datetime import timedelta

import pytest

from casework.duties import Climb
from casework.errors import NotConfirmed
from casework.orders import Decided
from casework.records import Settled, Strike
from casework.ruling import Measure, Ruling
from casework.standing import share_of
from casework.words import ActionKind, ActionState, Verdict
from storage import policy_files
from tests.storage.office import Office, policy_text

DAY = timedelta(days=1)
REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
BAN = Measure(kind=ActionKind.BAN_ACCOUNT)
TEXT = (
    policy_text()
    + """\
strikes:
  weight: 1
  expires: P90D
  ladder:
    2: {timeout_account: P1D}
    3: {suspend_account: P7D}
    4: {ban_account: permanent}
"""
)
POLICY = policy_files.parse(TEXT, "harassment.yaml")


@pytest.fixture(autouse=True)
async def policy_on_record(office: Office) -> None:
    await office.store.policies.put(TEXT, POLICY)


async def settled(office: Office, case: str, *own: Measure) -> Settled:
    """A ruling of the case with the rungs it steps on, as an activity composes it."""
    file = await office.store.cases.file(case)
    ruling = Ruling.enforce(own or (REMOVE,), "rule_1")
    climb = Climb(before=file.strikes)
    full = POLICY.in_full(ruling, climb)
    decision = await office.decision(case, Verdict.ENFORCE, measures=full.measures)
    planned = []
    for measure in full.measures:
        [action] = await office.planned(case, measure.kind, lasts=measure.lasts)
        share = share_of(measure, ruling, POLICY.rungs(climb))
        planned.append(action.model_copy(update=share.model_dump()))
    return Settled(
        decision=decision,
        actions=tuple(planned),
        counted=file.strikes,
        strike=Strike(
            decision_id=decision.decision_id,
            account_id=file.account.id,
            weight=1,
            expires_at=office.clock.now + 90 * DAY,
        ),
    )


async def ruled(office: Office, case: str, *own: Measure) -> Decided:
    """Ruled on again for as long as the account's strikes change meanwhile."""
    while True:
        try:
            return await office.store.cases.settle(await settled(office, case, *own), "1/rule")
        except NotConfirmed:
            continue


async def struck(office: Office, number: int, *own: Measure) -> tuple[str, Decided]:
    office.clock.passes(timedelta(hours=1))
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    decided = await ruled(office, case, *own)
    await office.carry_out(*(due.action_id for due in decided.actions))
    return case, decided


def of(decided: Decided, kind: ActionKind) -> list[str]:
    return [due.action_id for due in decided.actions if due.kind is kind]


async def test_rulings_at_the_same_moment_step_on_each_rung_once(office: Office) -> None:
    cases = [await office.opened(f"det-{number}", item=f"m-{number}") for number in range(5)]

    decided = await asyncio.gather(*(ruled(office, case) for case in cases))

    brought = sorted(
        (due.kind.value, due.lasts) for each in decided for due in each.actions
        if due.kind is not ActionKind.REMOVE_ITEM
    )  # fmt: skip
    assert brought == [
        ("ban_account", None),
        ("suspend_account", 7 * DAY),
        ("timeout_account", DAY),
    ]


async def test_bans_at_the_same_moment_are_one_effect(office: Office) -> None:
    cases = [await office.opened(f"det-{number}", item=f"m-{number}") for number in range(4)]

    decided = await asyncio.gather(*(ruled(office, case, BAN) for case in cases))

    assert sum(len(of(each, ActionKind.BAN_ACCOUNT)) for each in decided) == 1


async def test_a_ruling_and_a_withdrawal_at_the_same_moment_leave_nothing_that_rests_on_it(
    office: Office,
) -> None:
    first, _ = await struck(office, 1)
    case = await office.opened("det-2", item="m-2")

    decided, _ = await asyncio.gather(ruled(office, case), office.overturn(first))

    timeouts = of(decided, ActionKind.TIMEOUT_ACCOUNT)
    assert set(await office.states(*timeouts)) <= {ActionState.CANCELLED}


async def test_what_shares_an_effect_that_it_would_leave_sooner_leaves_it_now(
    office: Office,
) -> None:
    first, _ = await struck(office, 1)
    await struck(office, 2)
    _, banning = await struck(office, 3, BAN)
    own = Measure(kind=ActionKind.BAN_ACCOUNT, lasts=DAY)
    last = await office.opened("det-4", item="m-4")
    plan = await settled(office, last, own)
    [shared] = [each.action_id for each in plan.actions]
    await office.store.cases.settle(plan, "1/rule")
    [ban] = of(banning, ActionKind.BAN_ACCOUNT)
    before = await office.states(shared), await office.store.actions.shared_effect(ban)

    overturned = await office.overturn(first)

    assert before == ([ActionState.MERGED], True)
    assert not await office.store.actions.shared_effect(ban)
    assert await office.states(ban) == [ActionState.CONFIRMED]
    assert ban not in overturned.takes_back
