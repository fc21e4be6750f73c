"""What people may order about one action, and what its story has to know of it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from casework.base import Model, Moment
from casework.records import ActionRecord, Decision, Statement
from casework.words import ActionKind, ActionState


class Order(StrEnum):
    RESCHEDULE = "reschedule"
    """A temporary effect ends earlier or later than it was to."""
    RELEASE = "release"
    """It ends now."""
    CANCEL = "cancel"
    """It is not carried out at all; possible until it is attempted."""
    WRITE_OFF = "write_off"
    """It cannot be done, or undone, and somebody accepts that."""


class ActionNews(Model):
    """Tells an action's story that something was ordered. What, it reads in the database."""

    action_id: str


class LookAgain(Model):
    action_id: str


class Change(Model):
    """A temporary effect whose end was moved, and how it stood before."""

    action: ActionRecord
    before: Moment


class Remainder(Model):
    """What is left of a decision whose actions were not all carried out as it said.

    `missing` was cancelled or written off; of `gone` the target did not exist any more; what is
    `standing` could not be undone, and belongs to the decision that this one overrides.
    """

    decision: Decision
    missing: frozenset[ActionKind] = frozenset()
    gone: frozenset[ActionKind] = frozenset()
    standing: frozenset[ActionKind] = frozenset()

    @property
    def is_nothing(self) -> bool:
        return {measure.kind for measure in self.decision.ruling.measures} <= self.missing


class OrderBook(Protocol):
    """What was ordered, and what follows for what is told."""

    async def latest_change(self, action_id: str) -> Change | None:
        """The last time this action's end was moved, None if it never was."""

    async def remainder(self, notice_id: str) -> Remainder | None:
        """What came of the decision that this notice tells of; None where all of it did."""

    async def not_undone(self, notice_id: str) -> Remainder | None:
        """What still stands of what the decision of this notice overrides, because its undo was
        written off; None where nothing does."""

    async def keep_notice(self, statement: Statement) -> None:
        """Keep a notice beside the decision's others; repeating keeps the first."""

    async def retell(self, statement: Statement) -> None:
        """Replace the text of a notice that nobody has received yet. Repeating changes nothing."""

    async def void(self, decision_id: str, notice_id: str) -> None:
        """Nothing came of a decision: its strike and its untold notice are withdrawn."""


def may_be(action: ActionRecord, now: datetime) -> tuple[Order, ...]:
    """What people may order about this action now.

    An action that was merged into another, or from which others live, is ordered about there:
    the book refuses what this cannot know.
    """
    if action.state.is_over or action.state is ActionState.MERGED:
        return ()
    if action.state is ActionState.CONFIRMED:
        running = action.ends_at is not None and action.ends_at > now
        return (Order.RESCHEDULE, Order.RELEASE) if running else ()
    if action.state is ActionState.NEEDS_HUMAN:
        return (Order.WRITE_OFF,)
    return () if action.attempts else (Order.CANCEL,)
