"""A review handed out to another team's tool, and what becomes of it there."""

from enum import StrEnum
from typing import Protocol

from casework.base import Model, Moment, Slug
from casework.detection import AccountRef, ItemRef


class HandoffState(StrEnum):
    """`late` when it was answered after the review had gone on or was decided, `refused` when the
    answer could not be taken."""

    ASKED = "asked"
    SENT = "sent"
    ANSWERED = "answered"
    LATE = "late"
    REFUSED = "refused"


class HandOut(Model):
    """Asks that a review be handed out from where it lies; each laying is a hand-out of its own."""

    case_id: str
    review_id: str
    desk: Slug
    due_at: Moment
    at: Slug


class Handoff(Model):
    """`handoff_id` is also the reference that the other tool knows it by."""

    handoff_id: str
    review_id: str
    case_id: str
    state: HandoffState
    asked_at: Moment


class Handout(Model):
    """What the other tool is told. The text leaves the house: that is what handing out means."""

    reference: str
    harm: Slug
    item: ItemRef
    account: AccountRef
    text: str
    asked_at: Moment
    due_at: Moment


class OtherDesk(Protocol):
    @property
    def name(self) -> str: ...

    async def hand_out(self, handout: Handout) -> str:
        """Their id of it. Handing the same reference out again must end in one piece of work.

        Raises Unavailable, TurnedDown, Nonsense.
        """


class HandoffBook(Protocol):
    async def begin(self, order: HandOut, handoff_id: str) -> Handoff | None:
        """Write down that it is to be handed out, before it is; None if the review has gone on.

        Repeating answers how it stands.
        """

    async def sent(self, handoff_id: str, their_id: str) -> None:
        """They have it. Repeating changes nothing."""
