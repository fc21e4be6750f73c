"""Handing a review out to another team's tool."""

from collections.abc import Mapping

from temporalio import activity

from casework.errors import TurnedDown
from casework.handoffs import HandoffBook, HandoffState, HandOut, Handout, OtherDesk
from casework.identity import handoff_id
from casework.ports import CaseBook
from casework.review_ports import ReviewBook
from casework.words import HearingKind


class HandingOut:
    """The intention is written down before anything is sent, so that an answer is known whatever
    becomes of the sender. Sent twice, it has the same reference and is one piece of work there."""

    def __init__(
        self,
        cases: CaseBook,
        reviews: ReviewBook,
        handoffs: HandoffBook,
        desks: Mapping[str, OtherDesk],
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._handoffs = handoffs
        self._desks = desks

    @activity.defn(name="hand_out")
    async def hand_out(self, order: HandOut) -> None:
        """Nothing happens to a review that has gone on or was handed out before. Appeals stay
        in the house: the other tool is not asked whether its own answer was right.

        Raises:
            TurnedDown: nothing here speaks to that tool, or it refuses.
            Unavailable, Nonsense: as the tool's adapter says.
        """
        review = await self._reviews.review(order.review_id)
        if review.hearing is not HearingKind.FIRST:
            return
        if order.at not in self._desks:
            raise TurnedDown(f"no settings say where {order.at} is")
        reference = handoff_id(order.review_id, order.desk, order.due_at)
        handoff = await self._handoffs.begin(order, reference)
        if handoff is None or handoff.state is not HandoffState.ASKED:
            return
        evidence = await self._cases.evidence(order.case_id)
        file = await self._cases.file(order.case_id)
        their_id = await self._desks[order.at].hand_out(
            Handout(
                reference=reference,
                harm=file.harm,
                item=file.item,
                account=file.account,
                text=evidence.text,
                asked_at=handoff.asked_at,
                due_at=order.due_at,
            )
        )
        await self._handoffs.sent(reference, their_id)
