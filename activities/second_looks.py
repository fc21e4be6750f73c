"""Taking a person's answer to a second look: checked like a decision, and nothing follows."""

from activities.hearing import authorised
from casework.errors import Forbidden, Malformed, Refused
from casework.identity import opinion_id
from casework.orders import Answer, Decided
from casework.ports import CaseBook, PolicyBook
from casework.quality_ports import SecondLookBook
from casework.records import ReviewRecord, Submission
from casework.review_ports import ReviewBook
from casework.ruling import Ruling
from casework.words import HearingKind, Verdict


class SecondLooks:
    """Not an activity: no story waits for it, so whoever delivers the answer takes it."""

    def __init__(
        self, cases: CaseBook, reviews: ReviewBook, policies: PolicyBook, looks: SecondLookBook
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._policies = policies
        self._looks = looks

    async def accept(self, submission: Submission) -> Answer:
        """Write it down, once.

        The answer is the one that a first hearing would give, so that nobody who gives it can
        tell by it: without a final decision where a second person would be asked.

        Raises:
            Forbidden, Malformed, AlreadyDecided, CaseClosed: it does not count; what was handed in
                is refused, and the review goes back to its queue if it is still open.
        """
        review = await self._reviews.review(submission.review_id)
        try:
            return await self._accept(submission, review)
        except Refused as refusal:
            await self._reviews.refuse(
                submission.submission_id, review.review_id, review.case_id, refusal.code
            )
            raise

    async def _accept(self, submission: Submission, review: ReviewRecord) -> Answer:
        if review.hearing is not HearingKind.QUALITY:
            raise Forbidden("this review is decided by its case's story")
        authorised(submission, review)
        file = await self._cases.file(review.case_id)
        policy = await self._policies.version(file.harm, file.policy_version)
        if not policy.allows(measure.kind for measure in submission.measures):
            raise Malformed("the policy does not allow this kind of action for this harm")
        if policy.grounds.named(submission.grounds) is None:
            raise Malformed("the policy has no such grounds")
        await self._looks.answer(submission)
        ruling = _ruling(submission)
        if submission.wants_second or policy.asks_for_two(ruling):
            return Answer(final=None)
        named = opinion_id(review.review_id)
        return Answer(
            final=Decided(decision_id=named, verdict=ruling.verdict, reason=ruling.reason)
        )


def _ruling(submission: Submission) -> Ruling:
    if submission.verdict is Verdict.ENFORCE:
        return Ruling.enforce(submission.measures, "reviewed")
    return Ruling.dismiss("reviewed")
