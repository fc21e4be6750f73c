"""A question put to people: desk after desk, until an answer is final or the time is over."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from casework.orders import Answer, Decided, SubmissionNews, Ticket
    from casework.policy_parts import Desk
    from casework.words import Stage
    from workflows import steps
    from workflows.handing_out import Leg
    from workflows.lanes import Lanes, StepFailed
    from workflows.search import DEADLINE, QUEUE, STAGE

LAST_CALL = 0.75
"""The share of the last desk's time after which on-call is paged, so before the deadline."""


class Hearing:
    """Lives inside the story that asks. Handlers record through it; the story waits on it.

    Deliberately no workflow of its own: the budget of a reviewed case has no room for a child.
    """

    def __init__(self, lanes: Lanes, case_id: str, page_reason: str) -> None:
        self._lanes = lanes
        self._case_id = case_id
        self._page_reason = page_reason
        self._considering = False
        self._review_id = ""
        self._final: Decided | None = None
        self._sent_on = False
        self._called_about: Ticket | None = None
        self._over: set[str] = set()

    async def answer(self, news: SubmissionNews) -> Answer:
        """Consider one submission at a time; the database says whether it may count."""
        await workflow.wait_condition(lambda: not self._considering)
        self._considering = True
        try:
            answer = await steps.accept_submission(self._lanes, self._case_id, news)
        finally:
            self._considering = False
        if answer.final is not None and news.review_id not in self._over:
            self._final = answer.final
        if answer.goes_up:
            self.sent_on()
        return answer

    def sent_on(self) -> None:
        """The review may lie before another desk by now: the database knows."""
        self._sent_on = True

    def begin_again(self, review_id: str) -> None:
        """This review's answer was taken back; whoever repeats it does not answer the next one."""
        self._over.add(review_id)
        self._final = None

    async def answer_unasked(self, news: SubmissionNews) -> None:
        """The same for a signal, whose sender gets no answer. A refusal is in the audit trail."""
        try:
            await self.answer(news)
        except StepFailed:
            workflow.logger.info("a submission was refused")

    async def settled_elsewhere(self) -> None:
        """A recall may have answered it: the database knows."""
        if self._final is None and self._review_id:
            self._final = await steps.look_at_review(self._lanes, self._review_id)

    async def hear(self, ticket: Ticket, desks: tuple[Desk, ...]) -> tuple[Ticket, Decided | None]:
        """The final answer, or None when the last desk's time is over.

        Somebody, or a disagreement, may send the review to any desk meanwhile; it goes on from
        there. A desk that is not in order is a last one.
        """
        self._review_id = ticket.review_id
        _show(ticket)
        while not await self._heard_there(ticket, desks):
            following = _after(ticket.desk, desks)
            if self._sent_on:
                ticket = await self._follow(ticket)
            elif following is not None:
                ticket = await steps.hand_over(self._lanes, self._case_id, ticket, following)
                _show(ticket)
            else:
                return ticket, None
        await self._lanes.resolve(self._page_reason)
        return ticket, self._final

    async def answered(self, ticket: Ticket, desks: tuple[Desk, ...]) -> Decided:
        """The same without a limit, for questions that only a person may answer."""
        ticket, decided = await self.hear(ticket, desks)
        while decided is None:
            await workflow.wait_condition(self._stirs)
            ticket, decided = await self._again(ticket, desks)
        return decided

    async def _again(
        self, ticket: Ticket, desks: tuple[Desk, ...]
    ) -> tuple[Ticket, Decided | None]:
        if self._final is None:
            there = await self._follow(ticket)
            return (there, None) if there == ticket else await self.hear(there, desks)
        await self._lanes.resolve(self._page_reason)
        return ticket, self._final

    async def _heard_there(self, ticket: Ticket, desks: tuple[Desk, ...]) -> bool:
        """As `_heard_at`; meanwhile it is handed out, if the desk's work is done elsewhere."""
        leg = Leg.begun(self._lanes, self._case_id, ticket, desks)
        is_final = await self._heard_at(ticket, desks)
        if leg is not None:
            await leg.end()
        return is_final

    async def _heard_at(self, ticket: Ticket, desks: tuple[Desk, ...]) -> bool:
        """Whether there is a final answer once this desk's time is over, or the review goes on."""
        is_last = _after(ticket.desk, desks) is None and ticket != self._called_about
        if is_last and not await self._stirred(until=_last_call(ticket, desks)):
            self._called_about = ticket
            await self._lanes.page(self._page_reason)
        await self._stirred(until=ticket.due_at)
        return self._final is not None

    async def _follow(self, ticket: Ticket) -> Ticket:
        """Where it lies now; the same ticket if nobody has really sent it on."""
        self._sent_on = False
        there = await steps.follow_review(self._lanes, ticket.review_id)
        if (there.desk, there.due_at) == (ticket.desk, ticket.due_at):
            return ticket
        await self._lanes.resolve(self._page_reason)
        _show(there)
        return there

    def _stirs(self) -> bool:
        return self._final is not None or self._sent_on

    async def _stirred(self, *, until: datetime) -> bool:
        left = until - workflow.now()
        if left.total_seconds() > 0:
            try:
                await workflow.wait_condition(
                    self._stirs, timeout=left, timeout_summary="review deadline"
                )
            except TimeoutError:
                await workflow.wait_condition(lambda: not self._considering)
        return self._stirs()


def _after(desk: str, desks: tuple[Desk, ...]) -> Desk | None:
    """The next desk in order, None after the last one, and from one that is not in order."""
    names = [each.desk for each in desks]
    above = names.index(desk) + 1 if desk in names else len(names)
    return desks[above] if above < len(names) else None


def _last_call(ticket: Ticket, desks: tuple[Desk, ...]) -> datetime:
    named = [each.within for each in desks if each.desk == ticket.desk]
    within = named[0] if named else ticket.within or ticket.due_at - workflow.now()
    return ticket.due_at - within * (1 - LAST_CALL)


def _show(ticket: Ticket) -> None:
    workflow.upsert_search_attributes(
        [
            STAGE.value_set(Stage.REVIEW.value),
            QUEUE.value_set(ticket.desk),
            DEADLINE.value_set(ticket.due_at),
        ]
    )
