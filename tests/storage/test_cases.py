"""Cases: opened, decided, closed, opened again."""

import asyncio
from datetime import timedelta

import pytest

from casework.errors import AlreadyDecided, CaseClosed, NotConfirmed, NotFound
from casework.words import ActionKind, ActionState, Outcome, Severity, Stage, Verdict
from tests.storage.office import Office, policy

STEP = "1/rule"


async def test_opening_twice_in_one_run_opens_once(office: Office) -> None:
    case = await office.receive(office.detection())

    first = await office.open(case)
    again = await office.open(case)

    assert first == again
    assert (first.round, first.fresh, first.policy_version) == (1, True, 1)
    assert (await office.events(case)).count("case_opened") == 1


async def test_an_open_case_goes_on_in_its_round_under_a_new_run(office: Office) -> None:
    case = await office.opened()

    resumed = await office.open(case, "run-2", policy(version=2))

    assert (resumed.round, resumed.fresh, resumed.policy_version) == (1, True, 1)


async def test_an_opened_case_shows_the_severity_of_its_policy(office: Office) -> None:
    case = await office.opened()

    view = await office.store.reads.case(case)

    assert (view.severity, view.policy_version) == (Severity.HIGH, 1)


async def test_a_case_nobody_detected_cannot_be_opened(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.open("0" * 32)


async def test_settling_twice_decides_once(office: Office) -> None:
    case = await office.opened()

    first = await office.enforce(case)
    again = await office.enforce(case)

    assert again == first
    assert (await office.events(case)).count("decided") == 1


async def test_settling_at_once_from_two_sides_decides_once(office: Office) -> None:
    case = await office.opened()

    answers = await asyncio.gather(*(office.enforce(case) for _ in range(5)))

    assert len({answer.decision_id for answer in answers}) == 1
    assert (await office.events(case)).count("decided") == 1


async def test_another_step_cannot_decide_a_decided_hearing(office: Office) -> None:
    case = await office.opened()
    await office.enforce(case)

    with pytest.raises(AlreadyDecided):
        await office.dismiss(case, step="another")

    assert (await office.store.cases.decided(case, "another")) is None


async def test_what_a_step_decided_is_kept_for_its_repetition(office: Office) -> None:
    case = await office.opened()

    decided = await office.enforce(case)

    assert await office.store.cases.decided(case, STEP) == decided


async def test_a_settled_case_is_enforcing_until_it_is_closed(office: Office) -> None:
    case = await office.opened()

    await office.enforce(case)

    assert (await office.store.reads.case(case)).stage is Stage.ENFORCING


async def test_a_decision_is_read_back_as_it_was_made(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case, ActionKind.SUSPEND_ACCOUNT, lasts=timedelta(days=7))

    decision = await office.store.cases.decision(decided.decision_id)

    assert decision.ruling.measures[0].lasts == timedelta(days=7)
    assert decision == await office.decision(
        case, Verdict.ENFORCE, measures=decision.ruling.measures
    )


async def test_a_decision_with_all_that_follows_is_one_commit(office: Office) -> None:
    case = await office.opened()
    before = office.store.database.commits

    await office.enforce(case, ActionKind.REMOVE_ITEM, ActionKind.WARN_ACCOUNT)

    assert office.store.database.commits == before + 1


async def test_a_case_does_not_close_while_an_action_is_open(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    await office.tell(decided)

    with pytest.raises(NotConfirmed):
        await office.store.cases.close(case, 1, Outcome.ENFORCED)

    assert (await office.store.reads.case(case)).stage is Stage.ENFORCING


@pytest.mark.parametrize("state", [ActionState.PARKED, ActionState.NEEDS_HUMAN])
async def test_an_action_that_is_stuck_keeps_its_case_open(
    office: Office, state: ActionState
) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    await office.tell(decided)
    await office.store.actions.settle_action(decided.actions[0].action_id, state)

    with pytest.raises(NotConfirmed):
        await office.store.cases.close(case, 1, Outcome.ENFORCED)


async def test_a_case_does_not_close_on_an_open_action_that_a_sibling_relies_on(
    office: Office,
) -> None:
    case, sibling = await office.opened("det-1"), await office.opened("det-2", item="m-2")
    decided = await office.enforce(case, ActionKind.BAN_ACCOUNT)
    await office.enforce(sibling, ActionKind.BAN_ACCOUNT)
    await office.tell(decided)

    with pytest.raises(NotConfirmed):
        await office.store.cases.close(case, 1, Outcome.ENFORCED)


async def test_a_case_does_not_close_before_its_notice_is_delivered(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    await office.carry_out(decided.actions[0].action_id)

    with pytest.raises(NotConfirmed):
        await office.store.cases.close(case, 1, Outcome.ENFORCED)


async def test_a_case_does_not_close_while_an_interim_measure_is_still_to_be_undone(
    office: Office,
) -> None:
    case = await office.opened()
    review = await office.ask(case, ActionKind.HIDE_ITEM)
    [hidden] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    await office.carry_out(hidden.action_id)
    decided = await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")

    with pytest.raises(NotConfirmed):
        await office.store.cases.close(case, 1, Outcome.DISMISSED)

    assert decided.takes_back == (hidden.action_id,)
    await office.store.actions.settle_action(hidden.action_id, ActionState.REVERTED)
    assert not (await office.store.cases.close(case, 1, Outcome.DISMISSED)).left_over


async def test_a_case_that_owes_nothing_closes_and_says_so(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)

    closing = await office.finish(case, decided)

    view = await office.store.reads.case(case)
    assert not closing.left_over
    assert (view.stage, view.outcome, view.closed_at) == (
        Stage.CLOSED,
        Outcome.ENFORCED,
        office.clock.now,
    )


async def test_closing_twice_closes_once(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.dismiss(case))
    office.clock.passes(timedelta(hours=1))

    await office.store.cases.close(case, 1, Outcome.DISMISSED)

    assert (await office.events(case)).count("case_closed") == 1
    assert (await office.store.reads.case(case)).closed_at == office.clock.now - timedelta(hours=1)


async def test_a_closed_round_cannot_be_decided_any_more(office: Office) -> None:
    case = await office.opened()
    await office.store.cases.close(case, 1, Outcome.DISMISSED)

    with pytest.raises(CaseClosed):
        await office.enforce(case)


async def test_a_detection_that_came_too_late_is_left_over(office: Office) -> None:
    case = await office.opened()
    decided = await office.dismiss(case)
    await office.receive(office.detection("det-2"))

    closing = await office.finish(case, decided)

    assert closing.left_over


async def test_closing_again_looks_again_for_what_is_left_over(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.dismiss(case))
    await office.receive(office.detection("det-2"))

    closing = await office.store.cases.close(case, 1, Outcome.DISMISSED)

    assert closing.left_over


async def test_an_enforced_case_takes_late_detections_in(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)
    await office.receive(office.detection("det-2"))

    closing = await office.finish(case, decided)

    assert not closing.left_over
    assert (await office.events(case))[-1] == "detection_joined"


async def test_a_dismissed_case_opens_again_for_a_new_detection(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.dismiss(case))
    await office.receive(office.detection("det-2"))

    opening = await office.open(case, "run-2", policy(version=2))

    view = await office.store.reads.case(case)
    assert (opening.round, opening.fresh, opening.policy_version) == (2, True, 2)
    assert (view.stage, view.outcome, view.closed_at) == (Stage.CHECKING, None, None)


async def test_a_dismissed_case_does_not_open_again_without_news(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.dismiss(case))

    opening = await office.open(case, "run-2")

    assert (opening.round, opening.fresh, opening.outcome) == (1, False, Outcome.DISMISSED)


@pytest.mark.parametrize(
    ("verdict", "reopen"), [("enforce", "when_dismissed"), ("dismiss", "never")]
)
async def test_a_closed_case_stays_closed_where_the_policy_says_so(
    office: Office, verdict: str, reopen: str
) -> None:
    case = await office.opened()
    decided = await (office.enforce(case) if verdict == "enforce" else office.dismiss(case))
    await office.finish(case, decided)
    await office.receive(office.detection("det-2"))

    opening = await office.open(case, "run-2", policy(reopen=reopen))

    assert (opening.round, opening.fresh) == (1, False)
    assert (await office.events(case))[-1] == "detection_joined"
    assert (await office.store.reads.case(case)).stage is Stage.CLOSED


async def test_strikes_of_other_cases_count_and_its_own_do_not(office: Office) -> None:
    first, second = await office.opened("det-1"), await office.opened("det-2", item="m-2")

    await office.enforce(first)

    assert (await office.store.cases.file(first)).strikes == 0
    assert (await office.store.cases.file(second)).strikes == 2


async def test_a_strike_expires(office: Office) -> None:
    first, second = await office.opened("det-1"), await office.opened("det-2", item="m-2")
    await office.enforce(first)

    office.clock.passes(timedelta(days=90))

    assert (await office.store.cases.file(second)).strikes == 0


async def test_a_blocked_case_says_what_it_waits_for(office: Office) -> None:
    case = await office.opened()
    await office.store.cases.block(case, "platform")
    await office.store.cases.block(case, "platform")
    blocked_on = (await office.store.reads.case(case)).blocked_on

    await office.store.cases.block(case, "")

    assert blocked_on == "platform"
    assert (await office.store.reads.case(case)).blocked_on is None
    assert (await office.events(case))[-2:] == ["blocked", "unblocked"]
