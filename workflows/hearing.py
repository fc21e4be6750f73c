"""A question put to people: desk after desk, until an answer is final or the time is over."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from casework.orders import Answer, Decided, SubmissionNews, Ticket
    from casework.policy_parts import Desk
    from casework.words import Stage
    from workflows import steps
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
        return answer

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
        """The final answer, or None when the last desk's time is over."""
        self._review_id = ticket.review_id
        for desk in _from(ticket.desk, desks):
            if desk.desk != ticket.desk:
                ticket = await steps.hand_over(self._lanes, self._case_id, ticket, desk)
            _show(ticket)
            is_last = desk == desks[-1]
            if is_last and not await self._answered(until=_last_call(ticket, desk)):
                await self._lanes.page(self._page_reason)
            if await self._answered(until=ticket.due_at):
                break
        if self._final is not None:
            await self._lanes.resolve(self._page_reason)
        return ticket, self._final

    async def answered(self) -> Decided:
        """Wait without a limit, for questions that only a person may answer."""
        await workflow.wait_condition(lambda: self._final is not None)
        await self._lanes.resolve(self._page_reason)
        assert self._final is not None
        return self._final

    async def _answered(self, *, until: datetime) -> bool:
        left = until - workflow.now()
        if left.total_seconds() > 0:
            try:
                await workflow.wait_condition(
                    lambda: self._final is not None, timeout=left, timeout_summary="review deadline"
                )
            except TimeoutError:
                await workflow.wait_condition(lambda: not self._considering)
        return self._final is not None


def _from(desk: str, desks: tuple[Desk, ...]) -> tuple[Desk, ...]:
    """The desks from this one on; all of them if a policy change took it away."""
    names = [each.desk for each in desks]
    return desks[names.index(desk) :] if desk in names else desks


def _last_call(ticket: Ticket, desk: Desk) -> datetime:
    return ticket.due_at - desk.within * (1 - LAST_CALL)


def _show(ticket: Ticket) -> None:
    workflow.upsert_search_attributes(
        [
            STAGE.value_set(Stage.REVIEW.value),
            QUEUE.value_set(ticket.desk),
            DEADLINE.value_set(ticket.due_at),
        ]
    )
