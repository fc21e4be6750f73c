"""Taking a person's decision: authorised against what the gateway stored, never taken on trust."""

from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.settling import Added, climb_of, first_decision, settlement
from casework.duties import Duties
from casework.errors import AlreadyDecided, CaseClosed, Forbidden, Malformed, Refused
from casework.identity import decision_id
from casework.moves import Laid
from casework.orders import AcceptSubmission, Answer, Decided, LookAtReview
from casework.policy import Policy
from casework.policy_parts import LEADS
from casework.ports import AppealLinks, CaseBook, PolicyBook
from casework.records import Decision, ReviewRecord, Settled, Submission
from casework.review_ports import ReviewBook
from casework.ruling import Ruling
from casework.seconding import Weight, weighed
from casework.statement import appeal_upheld, correction
from casework.words import HearingKind, SubmissionState, Verdict

_FITS = {
    HearingKind.FIRST: {Verdict.ENFORCE, Verdict.DISMISS},
    HearingKind.APPEAL: {Verdict.UPHELD, Verdict.OVERTURNED},
}


@dataclass(frozen=True)
class _Asked:
    """A submission, and what it answers under which policy."""

    submission: Submission
    review: ReviewRecord
    policy: Policy
    at: datetime


class Bench:
    """Where submitted decisions become decisions. Accepting twice answers the first acceptance."""

    def __init__(
        self,
        cases: CaseBook,
        reviews: ReviewBook,
        policies: PolicyBook,
        links: AppealLinks,
        duties: Duties,
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._policies = policies
        self._links = links
        self._duties = duties

    @activity.defn(name="accept_submission")
    async def accept_submission(self, order: AcceptSubmission) -> Answer:
        """Make a submitted decision count. What is refused is audited, and its review put back.

        Raises:
            Forbidden: nothing was submitted under a claim, or not by somebody who may decide this.
            Malformed: the verdict or its measures do not answer this hearing's question.
            AlreadyDecided, CaseClosed: too late.
        """
        try:
            return await self._accept(order)
        except Refused as refusal:
            await self._reviews.refuse(
                order.submission_id, order.review_id, order.case_id, refusal.code
            )
            raise

    @activity.defn(name="look_at_review")
    async def look_at_review(self, order: LookAtReview) -> Answer:
        """What was decided of a review without its story, by a recall say; None if nothing was."""
        return Answer(final=await self._reviews.settled(order.review_id))

    async def _accept(self, order: AcceptSubmission) -> Answer:
        submission = await self._known(order)
        review = await self._reviews.review(order.review_id)
        if review.hearing is HearingKind.QUALITY:
            raise Forbidden("a second look changes no case")
        settled = await self._reviews.settled(order.review_id)
        if settled is not None:
            _was_ruled_on(settled)
            if submission.state is SubmissionState.REFUSED:
                raise AlreadyDecided("another answer counted")
            return Answer(final=settled)
        if submission.state is SubmissionState.FIRST:
            return await self._reviews.keep_as_first(submission)
        if submission.state is not SubmissionState.PENDING:
            raise Forbidden("this was refused or taken back before")
        authorised(submission, review)
        if submission.verdict not in _FITS[review.hearing]:
            raise Malformed(f"{submission.verdict} does not answer a {review.hearing} hearing")
        if review.hearing is HearingKind.APPEAL:
            return await self._answer_appeal(submission, review, order)
        return await self._answer_first(submission, review, order)

    async def _known(self, order: AcceptSubmission) -> Submission:
        submission = await self._reviews.submission(order.submission_id)
        if submission is None or submission.review_id != order.review_id:
            raise Forbidden("no such decision was submitted under a claim")
        return submission

    async def _answer_first(
        self, submission: Submission, review: ReviewRecord, order: AcceptSubmission
    ) -> Answer:
        file = await self._cases.file(review.case_id)
        policy = await self._policies.version(file.harm, file.policy_version)
        if not policy.allows(measure.kind for measure in submission.measures):
            raise Malformed("the policy does not allow this kind of action for this harm")
        ground = policy.grounds.named(submission.grounds)
        if ground is None:
            raise Malformed("the policy has no such grounds")
        own = _ruling(submission)
        climb = climb_of(file, self._duties, order.at)
        ruling = policy.in_full(own, climb)
        asked = _Asked(submission, review, policy, order.at)
        waits = await self._waits(asked, 2 if policy.asks_for_two(ruling) else 1)
        if waits is not None:
            return waits
        by = submission.by.id
        decision = first_decision(file, policy, ruling, by=by, at=order.at, automated=False)
        said = {
            "reason": submission.reason,
            "confidence": submission.confidence,
            "grounds": ground.reference,
        }
        decision = decision.model_copy(update=said)
        consequences = settlement(
            decision, Added(own, policy.rungs(climb)), policy, file, self._links
        )
        consequences = consequences.model_copy(update={"closes_review": review.review_id})
        return await self._settle(consequences, f"{review.round}/first")

    async def _waits(self, asked: _Asked, people: int) -> Answer | None:
        """What is answered while others have to be asked; None if the submission counts."""
        submission, review = asked.submission, asked.review
        if submission.wants_second:
            people = 2
        earlier = await self._reviews.earlier(review.review_id) if review.excluded else ()
        weight = weighed(submission, earlier, people)
        if weight is Weight.COUNTS:
            return None
        above = await self._above(asked) if weight is Weight.GOES_UP else None
        return await self._reviews.keep_as_first(submission, above)

    async def _above(self, asked: _Asked) -> Laid:
        """Where a disagreement goes: to the next desk, from the last one to the leads, and where
        nobody is left above, to a third person at the same desk. Each time with the whole time."""
        review, policy = asked.review, asked.policy
        desk, leads = policy.desk_after(review.desk), policy.desk_named(LEADS)
        if desk is None and await self._reviews.is_served(
            review.review_id, leads, asked.submission.by.id
        ):
            desk = leads
        return Laid.before(desk or policy.desk_named(review.desk), asked.at)

    async def _answer_appeal(
        self, submission: Submission, review: ReviewRecord, order: AcceptSubmission
    ) -> Answer:
        first = await self._cases.decision(
            decision_id(review.case_id, review.round, HearingKind.FIRST)
        )
        if first.by == submission.by.id:
            raise Forbidden("nobody hears the appeal of their own decision")
        policy = await self._policies.version(first.policy, first.policy_version)
        waits = await self._waits(_Asked(submission, review, policy, order.at), 1)
        if waits is not None:
            return waits
        overturned = submission.verdict is Verdict.OVERTURNED
        decision = first.model_copy(
            update={
                "decision_id": decision_id(review.case_id, review.round, HearingKind.APPEAL),
                "hearing": HearingKind.APPEAL,
                "by": submission.by.id,
                "automated": False,
                "ruling": Ruling(verdict=submission.verdict, reason="appeal"),
                "reason": submission.reason,
                "confidence": submission.confidence,
                "at": order.at,
                "overrides": first.decision_id if overturned else None,
            }
        )
        consequences = await self._appeal_consequences(decision, first, review.review_id)
        return await self._settle(consequences, f"{review.round}/appeal")

    async def _appeal_consequences(
        self, decision: Decision, first: Decision, review: str
    ) -> Settled:
        file = await self._cases.file(decision.case_id)
        overturned = decision.ruling.verdict is Verdict.OVERTURNED
        tell = correction if overturned else appeal_upheld
        return Settled(
            decision=decision,
            statement=tell(decision, file),
            closes_review=review,
            withdraws=first.decision_id if overturned else None,
        )

    async def _settle(self, consequences: Settled, step: str) -> Answer:
        return Answer(final=await self._cases.settle(consequences, step))


def authorised(submission: Submission, review: ReviewRecord) -> None:
    """Raises Forbidden unless whoever submitted it may still decide it."""
    if submission.by.id in review.excluded:
        raise Forbidden("nobody hears the appeal of, or seconds, their own decision")
    if submission.has_conflict:
        raise Forbidden("nobody decides about somebody they are tied to")
    by = submission.by
    at_a_desk = by.role.holds_reviews and any(map(by.serves, {submission.queue, review.desk}))
    if not at_a_desk or not by.covers(review.harm):
        raise Forbidden("the right to decide this was withdrawn since")


def _ruling(submission: Submission) -> Ruling:
    if submission.verdict is Verdict.ENFORCE:
        return Ruling.enforce(submission.measures, "reviewed")
    return Ruling.dismiss("reviewed")


def _was_ruled_on(settled: Decided) -> None:
    """Raises CaseClosed when the case has ended without anybody's ruling."""
    if settled.outcome is not None:
        raise CaseClosed("the case has ended with a ban of its account")
