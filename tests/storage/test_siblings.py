"""What a ban for good does to the account's other cases, and its being taken back."""

import asyncio
from datetime import timedelta

import pytest

from casework.errors import CaseworkError, NotConfirmed
from casework.identity import decision_id, review_id
from casework.orders import Decided
from casework.records import ReviewRecord, Settled
from casework.words import ActionKind, ActionState, HearingKind, Outcome, Severity, Stage, Verdict
from tests.storage.office import ANN, Office, policy, policy_text

BAN = ActionKind.BAN_ACCOUNT


@pytest.fixture(autouse=True)
async def policy_on_record(office: Office) -> None:
    await office.store.policies.put(policy_text(), policy())


async def waiting(office: Office, number: int = 1, *interim: ActionKind) -> ReviewRecord:
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    return await office.ask(case, *interim)


async def banned(
    office: Office, number: int = 9, lasts: timedelta | None = None, account: str = "acc-1"
) -> tuple[str, Decided]:
    office.clock.passes(timedelta(hours=1))
    case = await office.opened(f"det-{number}", item=f"m-{number}", account=account)
    decided = await office.enforce(case, BAN, lasts=lasts)
    await office.carry_out(*(due.action_id for due in decided.actions))
    return case, decided


async def to_merge(office: Office) -> list[str]:
    return [each.case_id for each in await office.store.siblings.to_merge()]


async def merged(office: Office) -> tuple[str, str]:
    """A case that was merged into a ban, and closed by its story; and the ban's case."""
    review = await waiting(office, 1, ActionKind.HIDE_ITEM)
    [hidden] = await office.planned(review.case_id, ActionKind.HIDE_ITEM, interim=True)
    await office.carry_out(hidden.action_id)
    ban, _ = await banned(office)
    assert await office.store.siblings.merge(review.case_id)
    await office.store.cases.close(review.case_id, 1, Outcome.DISMISSED)
    return review.case_id, ban


def anew(office: Office, case: str, round_: int = 2) -> ReviewRecord:
    return ReviewRecord(
        review_id=review_id(case, round_, HearingKind.FIRST),
        case_id=case,
        round=round_,
        hearing=HearingKind.FIRST,
        harm="harassment",
        severity=Severity.HIGH,
        desk="reviewers",
        due_at=office.clock.now + timedelta(hours=4),
        why="ban_taken_back",
    )


async def reopen(office: Office, case: str) -> bool:
    return await office.store.siblings.reopen(case, anew(office, case), policy())


async def test_what_waits_for_people_ends_with_the_ban_and_without_a_notice(
    office: Office,
) -> None:
    review = await waiting(office)
    claimed = await office.claim()
    ban, decided = await banned(office)

    done = await office.store.siblings.merge(review.case_id)
    closing = await office.store.cases.close(review.case_id, 1, Outcome.DISMISSED)

    case = await office.store.reads.case(review.case_id)
    assert done
    assert (case.stage, case.outcome, closing.outcome) == (
        Stage.CLOSED,
        Outcome.MERGED,
        Outcome.MERGED,
    )
    assert await office.store.reads.notices_of(review.case_id) == []
    assert "case_merged" in await office.events(review.case_id)
    with pytest.raises(CaseworkError):
        await office.submit(claimed)
    assert decided.decision_id == decision_id(ban, 1, HearingKind.FIRST)


async def test_the_story_that_asks_is_answered_how_the_case_ended(office: Office) -> None:
    review = await waiting(office)
    await banned(office)
    before = await office.store.siblings.merged()
    await office.store.siblings.merge(review.case_id)

    answer = await office.store.reviews.settled(review.review_id)

    [told] = await office.store.siblings.merged()
    assert before == ()
    assert told.case_id == review.case_id
    assert answer is not None
    assert (answer.outcome, answer.actions, answer.takes_back) == (Outcome.MERGED, (), ())


async def test_interim_measures_stay(office: Office) -> None:
    case, _ = await merged(office)

    [hidden] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    assert await office.states(hidden.action_id) == [ActionState.CONFIRMED]


@pytest.mark.parametrize(("lasts", "account"), [(timedelta(days=7), "acc-1"), (None, "acc-2")])
async def test_only_a_ban_for_good_of_this_account_merges(
    office: Office, lasts: timedelta | None, account: str
) -> None:
    review = await waiting(office)
    await banned(office, lasts=lasts, account=account)

    assert await to_merge(office) == []
    assert not await office.store.siblings.merge(review.case_id)


async def test_a_ban_that_is_not_confirmed_merges_nothing(office: Office) -> None:
    await waiting(office)
    case = await office.opened("det-9", item="m-9")
    await office.enforce(case, BAN)

    assert await to_merge(office) == []


async def test_the_gravest_cases_go_on(office: Office) -> None:
    review = await waiting(office)
    await office.sql(f"UPDATE cases SET severity = 'critical' WHERE case_id = '{review.case_id}'")
    await banned(office)

    assert await to_merge(office) == []


async def test_what_came_up_after_the_ban_is_judged_by_itself(office: Office) -> None:
    await banned(office)
    office.clock.passes(timedelta(minutes=1))
    await waiting(office)

    assert await to_merge(office) == []


async def test_a_decision_that_is_handed_in_counts(office: Office) -> None:
    review = await waiting(office)
    await office.submit(await office.claim())
    await banned(office)

    assert await to_merge(office) == []
    assert not await office.store.siblings.merge(review.case_id)


async def test_a_case_that_is_decided_while_it_is_merged_ends_once(office: Office) -> None:
    review = await waiting(office)
    await banned(office)
    decision = await office.decision(review.case_id, Verdict.DISMISS, by=ANN.id)
    settled = Settled(decision=decision, closes_review=review.review_id)

    async def decide() -> bool:
        try:
            await office.store.cases.settle(settled, "1/first")
        except NotConfirmed:
            return False
        return True

    done, decided = await asyncio.gather(office.store.siblings.merge(review.case_id), decide())

    answer = await office.store.reviews.settled(review.review_id)
    assert done is not decided
    assert answer is not None
    assert (answer.outcome is Outcome.MERGED) is done


async def test_merging_twice_merges_once(office: Office) -> None:
    review = await waiting(office)
    await banned(office)

    done = await asyncio.gather(*(office.store.siblings.merge(review.case_id) for _ in range(3)))

    assert sorted(done) == [False, False, True]
    assert (await office.events(review.case_id)).count("case_merged") == 1


async def test_without_the_ban_people_are_asked_again(office: Office) -> None:
    case, ban = await merged(office)
    before = await office.store.siblings.to_reopen()
    await office.overturn(ban)
    [left] = await office.store.siblings.to_reopen()

    done = await reopen(office, case)
    again = await reopen(office, case)

    now = await office.store.reads.case(case)
    assert (before, left.case_id, done, again) == ((), case, True, False)
    assert (now.stage, now.outcome, now.queue) == (Stage.REVIEW, None, "reviewers")
    assert await office.store.siblings.to_reopen() == ()
    assert {"case_separated", "case_reopened"} <= set(await office.events(case))
    kept = await office.store.cases.decided(case, "2/rule")
    assert kept is not None
    assert kept.ticket is not None


async def test_what_held_meanwhile_is_lifted_by_the_new_answer(office: Office) -> None:
    case, ban = await merged(office)
    [hidden] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    await office.overturn(ban)
    await reopen(office, case)

    answered = await office.dismiss(case, by="ann", closes=anew(office, case).review_id,
                                    step="2/first")  # fmt: skip

    assert answered.takes_back == (hidden.action_id,)


async def test_another_ban_on_the_account_takes_it_over(office: Office) -> None:
    case, ban = await merged(office)
    _, other = await banned(office, 10)
    await office.overturn(ban)

    done = await reopen(office, case)

    assert not done
    assert (await office.store.reads.case(case)).outcome is Outcome.MERGED
    assert await office.store.siblings.to_reopen() == ()
    assert other.actions == ()


async def test_a_case_that_its_story_has_not_closed_yet_waits_with_opening_again(
    office: Office,
) -> None:
    review = await waiting(office)
    ban, _ = await banned(office)
    await office.store.siblings.merge(review.case_id)
    await office.overturn(ban)

    assert await office.store.siblings.to_reopen() == ()
    assert not await reopen(office, review.case_id)
