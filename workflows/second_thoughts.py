"""The while after a person's decision in which it may be taken back, before anything is done."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from casework.errors import TooLate
    from casework.orders import Brief, Decided
    from casework.second_thoughts import AskedAgain, Undone, UndoNews
    from workflows import steps
    from workflows.lanes import Lanes


class SecondThoughts:
    """Open for one decision at a time. What is not taken back by its end is carried out: which of
    the two it is, is settled here, before either begins."""

    def __init__(self, lanes: Lanes, case_id: str) -> None:
        self._lanes = lanes
        self._case_id = case_id
        self._open_for: str | None = None
        self._considering = False
        self._asked_again: AskedAgain | None = None

    async def had(self, brief: Brief, decided: Decided) -> AskedAgain | None:
        """Wait for the policy's time; the case's next round if the decision was taken back."""
        if not brief.undo_within or decided.outcome is not None:
            return None
        self._open_for, self._asked_again = decided.decision_id, None
        try:
            await workflow.wait_condition(
                lambda: self._asked_again is not None,
                timeout=brief.undo_within,
                timeout_summary="may still be taken back",
            )
        except TimeoutError:
            await workflow.wait_condition(lambda: not self._considering)
        self._open_for = None
        return self._asked_again

    async def take_back(self, news: UndoNews) -> Undone:
        """Raises TooLate (as Temporal says it) when this decision is not open to it, or no more."""
        await workflow.wait_condition(lambda: not self._considering)
        if self._asked_again and self._asked_again.undone.overrides == news.decision_id:
            return self._asked_again.undone
        if self._open_for != news.decision_id:
            said = "the decision can no longer be taken back"
            raise ApplicationError(said, type=TooLate.code, non_retryable=True)
        self._considering = True
        try:
            self._asked_again = await steps.undo(self._lanes, self._case_id, news)
        finally:
            self._considering = False
        return self._asked_again.undone
