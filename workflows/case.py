"""The story of a case."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from casework.identity import action_workflow
    from casework.orders import (
        ActionDue,
        ActionSettled,
        ActionStart,
        Answer,
        Brief,
        CaseStart,
        Decided,
        DetectionNews,
        Standing,
        SubmissionNews,
        Ticket,
        VerdictAnswer,
    )
    from casework.second_thoughts import Undone, UndoNews
    from casework.words import ActionState, Outcome, Stage, Verdict
    from workflows import steps, telling
    from workflows.hearing import Hearing
    from workflows.lanes import Lanes
    from workflows.righting import set_right
    from workflows.search import OUTCOME, STAGE, of_a_part
    from workflows.second_thoughts import SecondThoughts

NOW = timedelta()
PAUSE = timedelta(minutes=5)
"""How often a case under a paused policy looks whether it may begin."""


@workflow.defn(name="EnforcementCase")
class EnforcementCase:
    """Detected, checked, ruled on, explained, carried out, told, closed.

    An appeal is a story of its own. Doing any of it twice is harmless: every step asks the ledger.
    """

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self._lanes = Lanes(start.case_id, start.harm)
        self._hearing = Hearing(self._lanes, start.case_id, page_reason="review_due")
        self._second_thoughts = SecondThoughts(self._lanes, start.case_id)
        self._verdict: Verdict | None = None
        self._told = 0
        self._awaited: set[str] = set()
        self._parked: list[str] = []

    @workflow.run
    async def run(self, start: CaseStart) -> Outcome:
        brief = await self._begin(start)
        if brief.standing is Standing.NOTHING_NEW:
            return await self._leave_as_it_was(start, brief)

        findings = await steps.screen(self._lanes, brief)
        decided = await steps.rule(self._lanes, brief, findings)
        self._verdict = decided.verdict

        if decided.ticket is not None:
            brief, decided = await self._hear(brief, decided)
            await self._wake_what_is_parked()

        await self._carry_out(brief, decided.actions, self._drawn(brief.delay))
        await self._all_confirmed()
        await self._take_back(brief, decided)

        return await self._close(start, brief, decided)

    async def _begin(self, start: CaseStart) -> Brief:
        pushes = self._lanes.pushes
        brief = await steps.open_case(self._lanes, start)
        while brief.standing is Standing.PAUSED or brief.held is not None:
            if brief.held is not None:
                await self._lanes.parked(brief.held, pushes)
            else:
                await self._lanes.block("paused_policy")
                await workflow.sleep(PAUSE, summary="the policy is paused")
            pushes = self._lanes.pushes
            brief = await steps.open_case(self._lanes, start)
        await self._lanes.go_on()
        self._lanes.severity = brief.severity
        workflow.set_current_details(telling.of_a_case(brief))
        return brief

    async def _hear(self, brief: Brief, asked: Decided) -> tuple[Brief, Decided]:
        """Ask people until they keep to what they said. Each new question is a new round; what
        the earlier ones leave to be undone is undone with the last."""
        left: tuple[str, ...] = ()
        while True:
            assert asked.ticket is not None
            await self._carry_out(brief, asked.actions, NOW)
            workflow.set_current_details(telling.of_a_review(brief, asked))
            ticket, decided = await self._hearing.hear(asked.ticket, brief.desks)
            if decided is None:
                return brief, _with(left, await self._decide_by_default(brief, ticket))
            workflow.set_current_details(telling.of_a_decision(brief, decided))
            again = await self._second_thoughts.had(brief, decided)
            if again is None:
                return brief, _with(left, decided)
            self._hearing.begin_again(asked.ticket.review_id)
            await set_right(self._lanes, brief.case_id, again.asked.changes)
            left += (*decided.takes_back, *again.asked.takes_back)
            brief, asked = brief.model_copy(update={"round": again.round}), again.asked

    async def _decide_by_default(self, brief: Brief, ticket: Ticket) -> Decided:
        decided = await steps.decide_by_default(self._lanes, brief, ticket)
        await self._lanes.resolve("review_due")
        workflow.set_current_details(telling.of_a_decision(brief, decided))
        return decided

    async def _carry_out(
        self, brief: Brief, actions: tuple[ActionDue, ...], waits: timedelta
    ) -> None:
        """At once where possible; what must wait, or end again, becomes a story of its own."""
        for due in actions:
            report = None
            if not waits:
                report = await steps.carry_out_at_once(self._lanes, due)
            if report is not None and report.parked_by is not None:
                self._parked.append(due.action_id)
                report = None
            if report is None:
                self._awaited.add(due.action_id)
            if report is None or (due.lasts and report.state is ActionState.CONFIRMED):
                await self._start_action(brief, due, waits, stands=report is not None)

    def _drawn(self, delay: tuple[timedelta, timedelta]) -> timedelta:
        """A wait out of the policy's range; the same one when the story is told again."""
        if not delay[1]:
            return NOW
        shortest, longest = delay
        return shortest + (longest - shortest) * workflow.random().random()

    async def _start_action(
        self, brief: Brief, due: ActionDue, waits: timedelta, *, stands: bool
    ) -> None:
        """A case that is told again may find it running: then that one goes on, and tells us."""
        start = ActionStart(
            case_id=brief.case_id,
            harm=brief.harm,
            severity=brief.severity,
            action=due,
            waits=waits,
            stands=stands,
            delivery=brief.delivery,
        )
        try:
            await workflow.start_child_workflow(
                "Action",
                start,
                id=action_workflow(due.action_id),
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=of_a_part(brief.case_id, brief.harm, brief.severity),
                static_summary=due.kind.value,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("the action has its story already")

    async def _wake_what_is_parked(self) -> None:
        """An interim action that no hold has let go is over with the decision, and must see it."""
        for action_id in self._parked:
            parked = workflow.get_external_workflow_handle(action_workflow(action_id))
            try:
                await parked.signal("retry")
            except FailureError:
                workflow.logger.info("the action has ended")

    async def _all_confirmed(self) -> None:
        """Decided is not enforced: wait for what the platform has not confirmed yet."""
        if not self._awaited:
            return
        workflow.upsert_search_attributes([STAGE.value_set(Stage.ENFORCING.value)])
        await workflow.wait_condition(lambda: not self._awaited)

    async def _take_back(self, brief: Brief, decided: Decided) -> None:
        reverted = ActionState.REVERTED
        await steps.take_back(self._lanes, decided.takes_back, reverted, brief.delivery)

    async def _close(self, start: CaseStart, brief: Brief, decided: Decided) -> Outcome:
        if decided.outcome is None:
            self._verdict = decided.verdict
        workflow.set_current_details(telling.of_the_end(brief, decided))
        return await self._end(start, brief, steps.outcome_of(decided), decided.notice_id)

    async def _leave_as_it_was(self, start: CaseStart, brief: Brief) -> Outcome:
        self._verdict = brief.decided
        outcome = Outcome.ENFORCED if brief.decided is Verdict.ENFORCE else Outcome.DISMISSED
        return await self._end(start, brief, outcome, notice_id=None)

    async def _end(
        self, start: CaseStart, brief: Brief, outcome: Outcome, notice_id: str | None
    ) -> Outcome:
        """Close, and begin again if a detection came too late to be considered in this run."""
        told = self._told
        closing = await steps.conclude(self._lanes, brief, outcome, notice_id)
        outcome = closing.outcome or outcome
        _show_closed(outcome)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if closing.left_over or self._told > told:
            workflow.continue_as_new(start)
        return outcome

    @workflow.signal
    def detected(self, _news: DetectionNews) -> None:
        """A detection was stored for this case. The next opening, or closing, takes it in."""
        self._told += 1

    @workflow.update
    async def verdict(self, _news: DetectionNews) -> VerdictAnswer:
        """The ruling, as soon as there is one; a person's is not waited for."""
        self._told += 1
        await workflow.wait_condition(lambda: self._verdict is not None)
        assert self._verdict is not None
        return VerdictAnswer(verdict=self._verdict)

    @workflow.update
    async def decide(self, news: SubmissionNews) -> Answer:
        return await self._hearing.answer(news)

    @workflow.update
    async def undo(self, news: UndoNews) -> Undone:
        """Take a person's decision back, while nothing is done yet."""
        return await self._second_thoughts.take_back(news)

    @workflow.signal
    async def decided(self, news: SubmissionNews) -> None:
        await self._hearing.answer_unasked(news)

    @workflow.signal
    def action_settled(self, settled: ActionSettled) -> None:
        """Closing looks at the database itself, so a false word here changes nothing."""
        self._awaited.discard(settled.action_id)

    @workflow.signal
    async def settled_elsewhere(self) -> None:
        """Something this waits for was taken back: the database says what, and whether."""
        self._lanes.push()
        await self._hearing.settled_elsewhere()

    @workflow.signal
    def moved(self) -> None:
        """The review was sent to another desk; the database says whether, and where."""
        self._hearing.sent_on()

    @workflow.signal
    def retry(self) -> None:
        self._lanes.push()


def _with(left: tuple[str, ...], decided: Decided) -> Decided:
    return decided.model_copy(update={"takes_back": (*left, *decided.takes_back)})


def _show_closed(outcome: Outcome) -> None:
    workflow.upsert_search_attributes(
        [
            STAGE.value_set(Stage.CLOSED.value),
            OUTCOME.value_set(outcome.value),
        ]
    )
