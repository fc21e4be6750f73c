"""Putting an appeal before somebody else, and ending it."""

from temporalio import activity

from activities.truth import Truth
from casework.identity import review_id
from casework.orders import AppealBrief, ConcludeAppeal, OpenAppeal, Ticket
from casework.places import Places
from casework.ports import CaseBook, PolicyBook
from casework.records import ReviewRecord
from casework.review_ports import ReviewBook
from casework.words import HearingKind


class Appeals:
    """Both steps answer the same when repeated."""

    def __init__(
        self,
        cases: CaseBook,
        reviews: ReviewBook,
        policies: PolicyBook,
        truth: Truth,
        places: Places,
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._policies = policies
        self._truth = truth
        self._places = places

    @activity.defn(name="open_appeal")
    async def open_appeal(self, order: OpenAppeal) -> AppealBrief:
        """Put it before the policy's first desk, for anybody but those who decided before."""
        first = await self._cases.decision(order.decision_id)
        policy = await self._policies.version(first.policy, first.policy_version)
        desk = policy.review[0]
        asked = ReviewRecord(
            review_id=review_id(first.case_id, first.round, HearingKind.APPEAL),
            case_id=first.case_id,
            round=first.round,
            hearing=HearingKind.APPEAL,
            harm=first.policy,
            severity=policy.severity,
            desk=desk.desk,
            due_at=order.at + desk.within,
            why="appeal",
            skill=desk.skill,
            excluded=(first.by,),
        )
        review = await self._reviews.open_appeal(order.appeal_id, asked)
        return AppealBrief(
            case_id=first.case_id,
            harm=first.policy,
            severity=policy.severity,
            ticket=Ticket(review_id=review.review_id, desk=review.desk, due_at=review.due_at),
            desks=policy.review,
            console_url=self._places.case(first.case_id),
            runbook_url=self._places.runbook("an-appeal-waits"),
            delivery=policy.delivery,
            settled=await self._reviews.settled(review.review_id),
        )

    @activity.defn(name="conclude_appeal")
    async def conclude_appeal(self, order: ConcludeAppeal) -> None:
        await self._truth.tell_outcome(order.notice_id)
        await self._reviews.close_appeal(order.appeal_id)
