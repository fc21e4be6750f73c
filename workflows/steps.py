"""One function per step: how it is tried, and what happens if it never succeeds."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.appealing import Appeals
    from activities.deciding import Deciding
    from activities.enforcing import Enforcing
    from activities.hearing import Bench
    from activities.moving import Moving
    from activities.new_ends import NewEnds
    from activities.opening import CaseFolder
    from activities.screening import Screening
    from activities.undoing import Undoing
    from casework.action_orders import LookAgain
    from casework.finding import Finding
    from casework.moves import FollowReview
    from casework.orders import (
        AcceptSubmission,
        ActionDue,
        ActionReport,
        Answer,
        AppealBrief,
        AppealStart,
        Brief,
        CarryOut,
        CaseStart,
        Closing,
        Conclude,
        ConcludeAppeal,
        DecideByDefault,
        Decided,
        HandOver,
        LookAtReview,
        OpenAppeal,
        OpenCase,
        RuleOn,
        RunCheck,
        Screen,
        SubmissionNews,
        TakeBack,
        Ticket,
    )
    from casework.policy_parts import Delivery, Desk
    from casework.second_thoughts import AskedAgain, UndoDecision, UndoNews
    from casework.words import ActionState, Outcome, Severity, Verdict
    from workflows.lanes import Lane, Lanes, StepFailed

RECORDS = Lane("storage")
DECISIONS = Lane("storage", refusals_are_final=True)
PLATFORM = Lane("platform", queue="actions", within=timedelta(seconds=5))
NOTICES = Lane("notices", queue="notices", within=timedelta(seconds=5))
USUAL = Delivery()
CHECK_PATIENCE = {
    Severity.CRITICAL: timedelta(minutes=1),
    Severity.HIGH: timedelta(minutes=10),
    Severity.MEDIUM: timedelta(minutes=30),
    Severity.LOW: timedelta(minutes=30),
}
"""How long a check may stay away before its absence is what a human is told: the worse the harm,
the sooner a person looks without it."""

IN_PROCESS = frozenset({"profanity", "scam_signs"})
"""Checks that run on our own CPU, on the task queue `models`; all others are vendors."""


async def open_case(lanes: Lanes, start: CaseStart) -> Brief:
    """Blocked on storage for as long as it is away; nothing has happened yet."""
    run = workflow.info().run_id
    order = OpenCase(case_id=start.case_id, harm=start.harm, run=run)
    return await lanes.do(CaseFolder.open_case, order, DECISIONS, "open the case")


async def screen(lanes: Lanes, brief: Brief) -> tuple[Finding, ...]:
    """A check that never answers becomes a failed finding, and a human decides."""
    if not brief.checks:
        return ()
    order = Screen(case_id=brief.case_id, harm=brief.harm, checks=brief.checks)
    screened = await lanes.do(Screening.screen, order, RECORDS, f"ask {', '.join(brief.checks)}")
    late = await asyncio.gather(*(_ask(lanes, brief, check) for check in screened.unanswered))
    return (*screened.findings, *late)


async def _ask(lanes: Lanes, brief: Brief, check: str) -> Finding:
    queue = "models" if check in IN_PROCESS else f"checks.{check}"
    lane = Lane(check, queue=queue, gives_up_after=CHECK_PATIENCE[brief.severity])
    order = RunCheck(case_id=brief.case_id, harm=brief.harm, check=check)
    try:
        return await lanes.patiently(Screening.run_check, order, lane, f"ask {check} patiently")
    except StepFailed:
        return Finding.failed(check, "unavailable")


async def rule(lanes: Lanes, brief: Brief, findings: tuple[Finding, ...]) -> Decided:
    """Blocked on storage for as long as it is away; nothing has been done to anybody yet."""
    order = RuleOn(
        case_id=brief.case_id,
        round=brief.round,
        policy_version=brief.policy_version,
        findings=findings,
        at=workflow.now(),
    )
    says = f"apply {brief.harm} policy v{brief.policy_version}"
    return await lanes.do(Deciding.rule, order, RECORDS, says)


async def hand_over(lanes: Lanes, case_id: str, ticket: Ticket, desk: Desk) -> Ticket:
    """The review moves to the next desk; while storage is away it stays visible at the last one."""
    at = workflow.now()
    order = HandOver(case_id=case_id, review_id=ticket.review_id, desk=desk, at=at)
    await lanes.do(Deciding.hand_over, order, RECORDS, f"hand over to {desk.desk}")
    there = {"desk": desk.desk, "due_at": at + desk.within, "within": None}
    return ticket.model_copy(update=there)


async def accept_submission(lanes: Lanes, case_id: str, news: SubmissionNews) -> Answer:
    """Refusals go back to the caller; storage being away keeps the submission waiting."""
    order = AcceptSubmission(
        submission_id=news.submission_id,
        review_id=news.review_id,
        case_id=case_id,
        at=workflow.now(),
    )
    return await lanes.do(Bench.accept_submission, order, DECISIONS, "take a person's decision")


async def undo(lanes: Lanes, case_id: str, news: UndoNews) -> AskedAgain:
    """Refusals go back to whoever asked; storage being away keeps the decision open to it."""
    order = UndoDecision(
        case_id=case_id, decision_id=news.decision_id, by=news.by, at=workflow.now()
    )
    return await lanes.do(Undoing.undo_decision, order, DECISIONS, "take a decision back")


async def look_at_review(lanes: Lanes, review_id: str) -> Decided | None:
    """What was decided of it elsewhere; None while nothing was."""
    order = LookAtReview(review_id=review_id)
    answer = await lanes.do(Bench.look_at_review, order, RECORDS, "was it settled elsewhere?")
    return answer.final


async def follow_review(lanes: Lanes, review_id: str) -> Ticket:
    """Where it lies; while storage is away it stays visible where it was."""
    order = FollowReview(review_id=review_id, at=workflow.now())
    return await lanes.do(Moving.follow_review, order, RECORDS, "to which desk was it sent?")


async def decide_by_default(lanes: Lanes, brief: Brief, ticket: Ticket) -> Decided:
    order = DecideByDefault(
        case_id=brief.case_id,
        review_id=ticket.review_id,
        round=brief.round,
        policy_version=brief.policy_version,
        at=workflow.now(),
    )
    return await lanes.do(Deciding.decide_by_default, order, RECORDS, "nobody decided: default")


async def carry_out_at_once(lanes: Lanes, due: ActionDue) -> ActionReport | None:
    """One try in the fast lane; None when the action has to wait for the platform."""
    order = CarryOut(action_id=due.action_id)
    try:
        return await lanes.quickly(Enforcing.carry_out, order, PLATFORM, due.kind.value)
    except StepFailed:
        return None


async def carry_out(lanes: Lanes, due: ActionDue, delivery: Delivery) -> ActionReport:
    """Never dropped: blocked on the platform, paged, and tried until it is confirmed; for as long
    as the policy says, then put before a person and tried again all the same.

    Parked, it waits until its hold is lifted, or its decision is taken back.
    """
    order = CarryOut(action_id=due.action_id)
    given_up = partial(_give_to_people, lanes, due.action_id)
    lane = _platform(delivery)
    while True:
        pushes = lanes.pushes
        says = due.kind.value
        report = await lanes.patiently(Enforcing.carry_out, order, lane, says, given_up)
        if report.parked_by is None:
            return report
        await lanes.parked(report.parked_by, pushes)


async def take_back(
    lanes: Lanes, actions: Iterable[str], ends: ActionState, delivery: Delivery = USUAL
) -> None:
    """Never dropped, as above: an undo is a promise like any other."""
    for action_id in actions:
        await _undo(lanes, TakeBack(action_id=action_id, ends=ends), delivery)


async def let_lapse(lanes: Lanes, due: ActionDue, delivery: Delivery) -> ActionReport:
    """The same for what is over. An effect whose end was moved meanwhile is still confirmed."""
    order = TakeBack(action_id=due.action_id, ends=ActionState.LAPSED, at=workflow.now())
    return await _undo(lanes, order, delivery)


async def undo_in_the_end(lanes: Lanes, due: ActionDue, delivery: Delivery) -> ActionReport:
    """An undo that was refused and left behind: tried again by whoever says so, and hourly, until
    it goes through or is written off."""
    order = TakeBack(action_id=due.action_id, ends=ActionState.REVERTED)
    return await _undo(lanes, order, delivery)


async def _undo(lanes: Lanes, order: TakeBack, delivery: Delivery) -> ActionReport:
    says, lane = f"undo: {order.ends}", _platform(delivery)
    try:
        return await lanes.quickly(Enforcing.take_back, order, lane, says)
    except StepFailed:
        given_up = partial(_give_to_people, lanes, order.action_id)
        return await lanes.patiently(Enforcing.take_back, order, lane, says, given_up)


def _platform(delivery: Delivery) -> Lane:
    return replace(PLATFORM, page_after=delivery.page_after, retry_for=delivery.retry_for)


async def _give_to_people(lanes: Lanes, action_id: str) -> None:
    """So that lists show it. What counts is that the story is blocked, so this may fail."""
    order = LookAgain(action_id=action_id)
    try:
        await lanes.quickly(Enforcing.give_to_people, order, RECORDS, "put before a person")
    except StepFailed:
        workflow.logger.warning("the database does not know that the action needs a person")


async def look_at_action(lanes: Lanes, due: ActionDue) -> ActionReport:
    """Blocked on storage for as long as it is away; until then the old end counts."""
    order = LookAgain(action_id=due.action_id)
    return await lanes.do(Enforcing.look_at_action, order, RECORDS, "see what was ordered")


async def tell_of_change(lanes: Lanes, due: ActionDue) -> None:
    """Blocked on notices for as long as nobody can be told; the new end counts all the same."""
    order = LookAgain(action_id=due.action_id)
    await lanes.do(NewEnds.tell_of_change, order, NOTICES, "tell of the new end")


async def conclude(lanes: Lanes, brief: Brief, outcome: Outcome, notice_id: str | None) -> Closing:
    """Blocked on notices for as long as nobody can be told; what was enforced stays so."""
    order = Conclude(
        case_id=brief.case_id,
        round=brief.round,
        outcome=outcome,
        notice_id=notice_id,
    )
    return await lanes.do(CaseFolder.conclude, order, NOTICES, "tell the account, and close")


async def open_appeal(lanes: Lanes, start: AppealStart) -> AppealBrief:
    order = OpenAppeal(**start.model_dump(), at=workflow.now())
    return await lanes.do(Appeals.open_appeal, order, RECORDS, "put the appeal before a desk")


async def conclude_appeal(lanes: Lanes, start: AppealStart, decided: Decided) -> None:
    order = ConcludeAppeal(appeal_id=start.appeal_id, notice_id=decided.notice_id or "")
    await lanes.do(Appeals.conclude_appeal, order, NOTICES, "tell the appellant, and close")


def outcome_of(decided: Decided) -> Outcome:
    if decided.outcome is not None:
        return decided.outcome
    return Outcome.ENFORCED if decided.verdict is Verdict.ENFORCE else Outcome.DISMISSED
