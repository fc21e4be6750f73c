"""A withdrawn strike takes with it what the ladder built on it, in one commit."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from casework.errors import NotConfirmed, NotFound
from casework.identity import action_id, decision_id, notice_id
from casework.orders import Decided
from casework.records import PlannedAction, Settled, Statement, Strike
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, HearingKind, NoticeKind, Verdict
from tests.storage.office import Office, policy, policy_text

DAY = timedelta(days=1)
SUSPEND = ActionKind.SUSPEND_ACCOUNT
TIMEOUT = ActionKind.TIMEOUT_ACCOUNT
LADDER = """\
strikes:
  weight: 1
  expires: P90D
  ladder: {2: {timeout_account: P1D}, 3: {suspend_account: P7D}, 4: {suspend_account: P30D}}
"""


async def struck(
    office: Office,
    number: int,
    *asked: tuple[int, Measure],
    own: Sequence[Measure] = (),
    counted: int | None = None,
) -> tuple[str, Decided]:
    """A case whose decision stepped on these rungs; the next one is a day later."""
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    file = await office.store.cases.file(case)
    made = decision_id(case, 1, HearingKind.FIRST)
    mine = {measure.kind: measure.lasts for measure in own}
    measures = tuple(measure for _, measure in asked) or (Measure(kind=ActionKind.REMOVE_ITEM),)
    decision = await office.decision(case, Verdict.ENFORCE, measures=measures)
    decided = await office.store.cases.settle(
        Settled(
            decision=decision,
            actions=tuple(
                PlannedAction(
                    action_id=action_id(made, measure.kind),
                    decision_id=made,
                    case_id=case,
                    kind=measure.kind,
                    item=file.item,
                    account=file.account,
                    lasts=measure.lasts,
                    rung=rung,
                    own=measure.kind in mine,
                    own_lasts=mine.get(measure.kind),
                )
                for rung, measure in asked
            ),
            statement=Statement(
                notice_id=notice_id(made, NoticeKind.STATEMENT),
                decision_id=made,
                case_id=case,
                kind=NoticeKind.STATEMENT,
                account=file.account,
                subject="A decision",
                body="What we did.",
            ),
            strike=Strike(
                decision_id=made,
                account_id=file.account.id,
                weight=1,
                expires_at=office.clock.now + 90 * DAY,
            ),
            counted=counted,
        ),
        "1/rule",
    )
    await office.finish(case, decided)
    office.clock.passes(timedelta(hours=1))
    return case, decided


@pytest.fixture
async def under_a_ladder(office: Office) -> Office:
    await office.store.policies.put(policy_text() + LADDER, policy())
    return office


def rung(number: int, kind: ActionKind, days: int) -> tuple[int, Measure]:
    return number, Measure(kind=kind, lasts=days * DAY)


async def test_a_rung_that_is_no_longer_reached_is_lifted_and_told(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    second, timed_out = await struck(office, 2, rung(2, TIMEOUT, 1))

    overturned = await office.overturn(first)

    [action] = [due.action_id for due in timed_out.actions]
    [change] = overturned.changes
    told = await office.store.notices.statement(change.notice_id)
    assert change.lifts == (action,) == overturned.takes_back
    assert (told.kind, told.decision_id) == (NoticeKind.CHANGE, timed_out.decision_id)
    assert "is lifted" in told.body
    assert "action_withdrawn" in await office.events(second)


async def test_what_was_never_attempted_is_cancelled(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    case = await office.opened("det-2", item="m-2")
    planned = await office.planned(case, TIMEOUT, lasts=DAY)
    decision = await office.decision(case, Verdict.ENFORCE, measures=(rung(2, TIMEOUT, 1)[1],))
    strike = Strike(
        decision_id=decision.decision_id,
        account_id="acc-1",
        weight=1,
        expires_at=office.clock.now + 90 * DAY,
    )
    actions = (planned[0].model_copy(update={"rung": 2, "own": False}),)
    settled = Settled(decision=decision, actions=actions, strike=strike)
    await office.store.cases.settle(settled, "1/rule")

    overturned = await office.overturn(first)

    assert await office.states(actions[0].action_id) == [ActionState.CANCELLED]
    assert overturned.takes_back == ()
    assert len(overturned.changes) == 1


async def test_a_ladder_s_share_falls_to_what_the_ruling_asked_for_itself(
    under_a_ladder: Office,
) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2)
    own = (Measure(kind=SUSPEND, lasts=2 * DAY),)
    _, decided = await struck(office, 3, rung(3, SUSPEND, 7), own=own)

    overturned = await office.overturn(first)

    action = await office.store.actions.action(decided.actions[0].action_id)
    [shorter] = overturned.changes[0].shortens
    assert overturned.takes_back == ()
    assert action.state is ActionState.CONFIRMED
    assert action.confirmed_at is not None
    assert action.ends_at == shorter.ends_at == action.confirmed_at + 2 * DAY


async def test_a_lower_rung_of_the_same_kind_shortens(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2)
    await struck(office, 3)
    _, decided = await struck(office, 4, rung(4, SUSPEND, 30))

    await office.overturn(first)

    action = await office.store.actions.action(decided.actions[0].action_id)
    assert action.lasts == 7 * DAY


async def test_what_would_be_over_by_now_is_lifted_at_once(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2)
    own = (Measure(kind=SUSPEND, lasts=2 * DAY),)
    _, decided = await struck(office, 3, rung(3, SUSPEND, 7), own=own)
    office.clock.passes(3 * DAY)

    overturned = await office.overturn(first)

    assert overturned.takes_back == (decided.actions[0].action_id,)


async def test_an_expired_strike_lifts_nothing(under_a_ladder: Office) -> None:
    office = under_a_ladder
    await struck(office, 1)
    office.clock.passes(85 * DAY)
    await struck(office, 2)
    _, decided = await struck(office, 3, rung(3, SUSPEND, 7))
    office.clock.passes(5 * DAY)
    later, _ = await struck(office, 4)

    overturned = await office.overturn(later)

    action = await office.store.actions.action(decided.actions[0].action_id)
    assert (overturned.changes, overturned.takes_back) == ((), ())
    assert (action.state, action.lasts) == (ActionState.CONFIRMED, 7 * DAY)


async def test_withdrawing_twice_changes_once(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2, rung(2, TIMEOUT, 1))
    once = await office.overturn(first)

    again = await office.overturn(first)

    assert again == once


async def test_a_change_is_told_only_after_the_statement_it_changes(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    _, decided = await struck(office, 2, rung(2, TIMEOUT, 1))
    await office.sql("UPDATE notices SET delivered_at = NULL")
    [change] = (await office.overturn(first)).changes

    with pytest.raises(NotConfirmed):
        await office.store.notices.may_tell_change(change.notice_id)

    await office.store.notices.complete(decided.notice_id or "")
    await office.store.notices.may_tell_change(change.notice_id)


async def test_a_ruling_on_a_weight_that_changed_meanwhile_is_made_again(
    under_a_ladder: Office,
) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await office.overturn(first)

    with pytest.raises(NotConfirmed):
        await struck(office, 2, rung(2, TIMEOUT, 1), counted=1)


async def test_two_withdrawals_at_once_change_each_decision_as_one_after_the_other_would(
    under_a_ladder: Office,
) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    second, _ = await struck(office, 2)
    _, decided = await struck(office, 3, rung(3, SUSPEND, 7))

    both = await asyncio.gather(office.overturn(first), office.overturn(second))

    lifted = [action for each in both for action in each.takes_back]
    assert lifted == [decided.actions[0].action_id]


async def test_a_standing_says_what_counts_and_what_rests_on_it(under_a_ladder: Office) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2, rung(2, TIMEOUT, 1))
    await struck(office, 3)
    await office.overturn(first)

    seen = await office.store.standings.of("acc-1", frozenset({"*"}))

    assert seen.weight == 2
    assert [each.counts for each in seen.strikes] == [False, True, True]
    assert seen.resting == ()
    assert [(each.harm, each.rung) for each in seen.next] == [("harassment", 3)]
    assert (seen.conduct.cases, seen.conduct.enforced, seen.conduct.proportion) == (3, 3, 1.0)


async def test_a_standing_shows_nothing_out_of_scope(under_a_ladder: Office) -> None:
    await struck(under_a_ladder, 1)

    with pytest.raises(NotFound):
        await under_a_ladder.store.standings.of("acc-1", frozenset({"hate"}))


async def test_what_was_shortened_is_owed_its_end_when_that_has_come(
    under_a_ladder: Office,
) -> None:
    office = under_a_ladder
    first, _ = await struck(office, 1)
    await struck(office, 2)
    own = (Measure(kind=SUSPEND, lasts=2 * DAY),)
    _, decided = await struck(office, 3, rung(3, SUSPEND, 7), own=own)
    await office.overturn(first)
    before = await office.store.action_orders.overdue(timedelta())

    office.clock.passes(2 * DAY)

    [over] = await office.store.action_orders.overdue(timedelta())
    assert before == []
    assert over == decided.actions[0].action_id
