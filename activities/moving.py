"""Following a review to where somebody, or a disagreement, has sent it."""

from temporalio import activity

from casework.identity import decision_id
from casework.moves import FollowReview, Laid, MoveBook
from casework.orders import Ticket
from casework.policy import Policy
from casework.ports import CaseBook, PolicyBook
from casework.records import ReviewRecord
from casework.review_ports import ReviewBook
from casework.words import HearingKind


class Moving:
    def __init__(
        self, cases: CaseBook, reviews: ReviewBook, policies: PolicyBook, moves: MoveBook
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._policies = policies
        self._moves = moves

    @activity.defn(name="follow_review")
    async def follow_review(self, order: FollowReview) -> Ticket:
        """Do what was wanted of it, if anything, and say where it lies and until when.

        Following twice moves it once.
        """
        review = await self._reviews.review(order.review_id)
        policy = await policy_of(review, self._cases, self._policies)
        move = await self._moves.wanted(order.review_id)
        if move is not None:
            there = Laid.before(policy.desk_named(move.desk), order.at)
            await self._moves.settle(move, there)
            review = await self._reviews.review(order.review_id)
        return Ticket(
            review_id=review.review_id,
            desk=review.desk,
            due_at=review.due_at,
            within=policy.desk_named(review.desk).within,
        )


async def policy_of(review: ReviewRecord, cases: CaseBook, policies: PolicyBook) -> Policy:
    """The version that the question is decided under: an appeal's is that of its decision."""
    version = (await cases.file(review.case_id)).policy_version
    if review.hearing is HearingKind.APPEAL:
        asked = decision_id(review.case_id, review.round, HearingKind.FIRST)
        version = (await cases.decision(asked)).policy_version
    return await policies.version(review.harm, version)
