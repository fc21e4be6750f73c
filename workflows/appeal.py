"""The story of an appeal."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from casework.orders import Answer, AppealBrief, AppealStart, Decided, SubmissionNews
    from casework.words import ActionState, Verdict
    from workflows import steps, telling
    from workflows.hearing import Hearing
    from workflows.lanes import Lanes
    from workflows.righting import set_right


@workflow.defn(name="Appeal")
class Appeal:
    """Filed, heard by somebody else, carried out, told. Never decided by automation.

    An appeal that no desk decides in time is paged, and waits on: there is no default here.
    """

    @workflow.init
    def __init__(self, start: AppealStart) -> None:
        self._case_id = start.case_id
        self._lanes = Lanes(start.case_id, start.harm)
        self._hearing = Hearing(self._lanes, start.case_id, page_reason="appeal_due")

    @workflow.run
    async def run(self, start: AppealStart) -> Verdict:
        brief = await steps.open_appeal(self._lanes, start)
        self._lanes.severity = brief.severity

        decided = brief.settled or await self._hear(brief)

        reverted = ActionState.REVERTED
        await steps.take_back(self._lanes, decided.takes_back, reverted, brief.delivery)
        await set_right(self._lanes, start.case_id, decided.changes)
        await steps.conclude_appeal(self._lanes, start, decided)

        await workflow.wait_condition(workflow.all_handlers_finished)
        return decided.verdict

    async def _hear(self, brief: AppealBrief) -> Decided:
        workflow.set_current_details(telling.of_an_appeal(brief))
        return await self._hearing.answered(brief.ticket, brief.desks)

    @workflow.update
    async def decide(self, news: SubmissionNews) -> Answer:
        return await self._hearing.answer(news)

    @workflow.signal
    async def decided(self, news: SubmissionNews) -> None:
        await self._hearing.answer_unasked(news)

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
