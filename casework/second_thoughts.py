"""Taking a decision back before anything was done: what is asked, and what comes of it."""

from typing import Protocol

from casework.base import Model, Moment, Name
from casework.orders import Decided
from casework.records import Decision, PlannedAction, ReviewRecord


class UndoNews(Model):
    """Tells a case that somebody wants this decision back. Who may is read from the database."""

    decision_id: str
    by: Name


class Undone(Model):
    """The decision that took the other one back, and the review that asks again."""

    decision_id: str
    overrides: str
    review_id: str


class UndoDecision(Model):
    case_id: str
    decision_id: str
    by: Name
    at: Moment


class AskedAgain(Model):
    """The case's next round, which begins before a person. `asked` has its ticket, the interim
    actions to carry out, and what is to be undone of the round before."""

    round: int
    undone: Undone
    asked: Decided


class SecondThoughtsBook(Protocol):
    async def undo(
        self, override: Decision, review: ReviewRecord, interim: tuple[PlannedAction, ...]
    ) -> AskedAgain:
        """Write the overriding decision, cancel what was planned, withdraw strike and statement,
        and begin the next round with this review, in one commit. Repeating answers the same.

        Of the interim actions those are planned whose kind held in the round before.

        Raises:
            Forbidden: nobody asked for this through the gateway.
            TooLate: an action of the decision was attempted, or the round is over.
        """
