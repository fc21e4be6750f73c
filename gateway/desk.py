"""A reviewer's work: claim, look, decide, hand back. The same for /v1 and for the console."""

import re
from datetime import datetime, timedelta

import structlog

from casework.errors import (
    ClaimRequired,
    Forbidden,
    Malformed,
    NotFound,
    StaleClaim,
    Unavailable,
)
from casework.orders import EscalationStart
from casework.policy import Policy
from casework.queueing import APPEALS, queues_of
from casework.records import Person, ReviewRecord, Submission
from casework.ruling import Measure
from casework.words import HearingKind, Role, Verdict
from gateway.answers import (
    DecisionAnswer,
    DecisionBody,
    DecisionStatus,
)
from gateway.doors import Doors
from gateway.pictures import Beside
from gateway.second_thoughts import SecondThoughts
from gateway.showing import Shown, shown_to
from storage.audit_line import Event
from storage.desk import ClaimedReview
from storage.handing_in import Besides
from storage.reads import QueueStat

_ETAG = re.compile(r"^[\x21-\x7e]{1,200}$")
ASKED = "asked_by_reviewer"
"""The word under which on-call is called; the reviewer's own words stay in a sealed note."""
_NOT_YOURS = "this claim does not hold the review, or no longer"
_log = structlog.get_logger("gateway")


class DeskWork:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._store = doors.store

    async def queues(self, person: Person) -> tuple[QueueStat, ...]:
        """Those in the person's scope; appeals of anything are for everybody to see."""
        stats = await self._doors.lookout.queues()
        return tuple(s for s in stats if s.queue == APPEALS or person.serves(s.queue))

    async def claim(self, person: Person, queue: str) -> ClaimedReview | None:
        """The next review of a queue, None when there is none for this person.

        Raises:
            Forbidden: the queue is not in the person's scope.
            TakeABreak: nothing new is served to them for a while.
        """
        return await self._claim(person, queue, ())

    async def claim_in_sight(self, person: Person, queue: str) -> Shown | None:
        """As `claim`, for a page that shows the evidence at once: so it was seen by the time it is
        theirs."""
        claim = await self._claim(person, queue, (Event.EVIDENCE_VIEWED,))
        return None if claim is None else await self._shown(person, claim)

    async def _claim(
        self, person: Person, queue: str, also: tuple[Event, ...]
    ) -> ClaimedReview | None:
        if queue != APPEALS and not person.serves(queue):
            raise Forbidden("this queue is not in your scope")
        settings = self._doors.settings
        return await self._store.desk.claim(
            queue, person, settings.lease, settings.queueing, settings.care, also
        )

    async def look(self, person: Person, review_id: str) -> Shown:
        """The review; with evidence under a claim, and then written down as seen.

        Raises:
            Forbidden: for a reviewer without a claim, whether or not there is such a review.
            NotFound.
        """
        claim = await self._store.desk.held(review_id, person)
        if claim is None and person.role is Role.REVIEWER:
            raise Forbidden("a review is read under a claim")
        shown = await self._seen(person, review_id, claim)
        if claim is None:
            return shown
        await self._write_down(person, shown)
        return shown.model_copy(update=await Beside(self._doors).of(shown, person))

    async def held(self, person: Person, review_id: str) -> Shown:
        """As `look`, for the holder alone. Raises StaleClaim without a live claim."""
        shown = await self.in_hand(person, review_id)
        return shown.model_copy(update=await Beside(self._doors).of(shown, person))

    async def in_hand(self, person: Person, review_id: str) -> Shown:
        """As `held`, with the evidence and without what is like it: that may come later."""
        claim = await self._claim_on(person, review_id)
        shown = await self._shown(person, claim)
        await self._write_down(person, shown)
        return shown

    async def surroundings(self, person: Person, review_id: str) -> Shown:
        """As `held`, for a page that shows the evidence already: not written down again."""
        shown = await self._seen(person, review_id, await self._claim_on(person, review_id))
        return shown.model_copy(update=await Beside(self._doors).of(shown, person))

    async def decide(
        self, person: Person, review_id: str, etag: str, body: DecisionBody
    ) -> DecisionAnswer:
        """Hand in a decision and learn what became of it. Repeating the same answers the same.

        Raises:
            StaleClaim, AlreadyDecided, CaseClosed, Forbidden, Malformed.
        """
        submission = await self.hand_in(person, review_id, etag, body)
        review = await self._store.reviews.review(review_id)
        return await self._deliver(review, submission)

    async def hand_in(
        self,
        person: Person,
        review_id: str,
        etag: str,
        body: DecisionBody,
        undo_for: timedelta = timedelta(),
    ) -> Submission:
        """Store a decision, for its case to hear of it once `undo_for` is over. Raises as `decide`.

        Repeating the same answers the same.
        """
        verdict = body.ruling.verdict
        review = await self._review(person, review_id)
        measures = await self._measures(review, verdict, body.actions)
        await self._is_a_ground(review, body.grounds)
        besides = Besides(
            confidence=body.confidence, grounds=body.grounds, wants_second=body.second_opinion
        )
        return await self._store.desk.submit(
            review_id, person, etag, verdict, measures, body.reason, besides, undo_for
        )

    async def extend(self, person: Person, review_id: str, etag: str) -> ClaimedReview:
        """Hold it for a whole lease from now. Raises StaleClaim."""
        lease: timedelta = self._doors.settings.lease
        return await self._store.desk.extend(review_id, person, etag, lease)

    async def release(self, person: Person, review_id: str, etag: str) -> None:
        await self._store.desk.release(review_id, person, etag)

    async def note(self, person: Person, review_id: str, text: str) -> None:
        """Raises Forbidden for a reviewer without a claim; NotFound, Malformed."""
        await self.demand_a_claim(person, review_id)
        await self._store.desk.note(review_id, person, text)

    async def escalate(self, person: Person, review_id: str, words: str) -> str:
        """Call on-call about the case; its id. The words are kept as a note.

        Raises:
            Forbidden: for a reviewer without a claim.
            Unavailable: nobody was called yet; asking again is safe.
        """
        await self.demand_a_claim(person, review_id)
        asked = await self._store.desk.request_escalation(review_id, person, ASKED)
        await self._doors.stories.escalate(
            EscalationStart(
                case_id=asked.case_id, reason=ASKED, harm=asked.harm, severity=asked.severity
            )
        )
        await self.note(person, review_id, words)
        return asked.case_id

    async def _claim_on(self, person: Person, review_id: str) -> ClaimedReview:
        claim = await self._store.desk.held(review_id, person)
        if claim is None:
            raise StaleClaim(_NOT_YOURS)
        return claim

    async def _seen(self, person: Person, review_id: str, claim: ClaimedReview | None) -> Shown:
        view = await self._store.reads.review_page(review_id)
        if not person.covers(view.harm):
            raise NotFound("no such review")
        policy = await self._policy_of_version(view.harm, view.policy_version)
        return shown_to(view, claim, policy)

    async def _shown(self, person: Person, claim: ClaimedReview) -> Shown:
        shown = await self._seen(person, claim.review_id, claim)
        return shown.model_copy(update=await Beside(self._doors).pictures_of(shown))

    async def _write_down(self, person: Person, shown: Shown) -> None:
        await self._store.audit.write_down(
            shown.case_id, person.id, Event.EVIDENCE_VIEWED, review_id=shown.review_id
        )

    async def demand_a_claim(self, person: Person, review_id: str) -> None:
        """For reviewers; a lead may speak up about any review in scope.

        The same for reviews that do not exist as for those that are not theirs.
        """
        if person.role is not Role.REVIEWER:
            try:
                await self._review(person, review_id)
            except StaleClaim:
                raise NotFound("no such review") from None
        elif await self._store.desk.held(review_id, person) is None:
            raise Forbidden("this is for whoever holds the review")

    async def _review(self, person: Person, review_id: str) -> ReviewRecord:
        """The review. Raises StaleClaim; which reviews exist out of scope is not told."""
        try:
            review = await self._store.reviews.review(review_id)
        except NotFound:
            raise StaleClaim(_NOT_YOURS) from None
        queues = queues_of(review.desk, review.hearing)
        if not any(person.may_work_on(harm=review.harm, queue=queue) for queue in queues):
            raise StaleClaim(_NOT_YOURS)
        return review

    async def policy_of(self, review: ReviewRecord) -> Policy:
        """The version that the case of a review began with."""
        return await self._policy(review.case_id, review.harm)

    async def _policy(self, case_id: str, harm: str) -> Policy:
        case = await self._store.reads.case(case_id)
        return await self._policy_of_version(harm, case.policy_version)

    async def _policy_of_version(self, harm: str, version: int | None) -> Policy:
        if version is None:
            return await self._store.policies.current(harm)
        return await self._store.policies.version(harm, version)

    async def _measures(
        self, review: ReviewRecord, verdict: Verdict, asked: tuple[Measure, ...] | None
    ) -> tuple[Measure, ...]:
        if verdict is not Verdict.ENFORCE:
            if asked:
                raise Malformed("only an enforce names actions")
            return ()
        if asked is None:
            return (await self._policy(review.case_id, review.harm)).usual_measures()
        if not asked or len({measure.kind for measure in asked}) != len(asked):
            raise Malformed("an enforce names at least one action, and each kind once")
        return asked

    async def _is_a_ground(self, review: ReviewRecord, chosen: str | None) -> None:
        """Raises Malformed for one that the case's policy does not have."""
        if chosen is None:
            return
        policy = await self._policy(review.case_id, review.harm)
        if policy.grounds.named(chosen) is None:
            raise Malformed("the policy has no such grounds")

    async def _deliver(self, review: ReviewRecord, submission: Submission) -> DecisionAnswer:
        try:
            answer = await self._doors.whoever_asked.answer(review, submission)
        except (Unavailable, NotFound):
            # It is on record, and the reconciler delivers what a story has not answered.
            _log.warning("decision_not_answered", case_id=review.case_id)
            return DecisionAnswer(decision_id=None, status=DecisionStatus.SUBMITTED)
        if answer.goes_up:
            return DecisionAnswer(decision_id=None, status=DecisionStatus.GONE_UP)
        if answer.final is None:
            return DecisionAnswer(decision_id=None, status=DecisionStatus.SECOND_PERSON_NEEDED)
        decision_id = answer.final.decision_id
        final = DecisionAnswer(decision_id=decision_id, status=DecisionStatus.FINAL)
        until = await self._undo_until(review, decision_id)
        return final if until is None else final.model_copy(update={"undo_until": until})

    async def _undo_until(self, review: ReviewRecord, decision_id: str) -> datetime | None:
        if review.hearing is not HearingKind.FIRST:
            return None
        return await SecondThoughts(self._doors).until(decision_id)


def etag_of(shown: str) -> str:
    """The claim's ETag out of an If-Match header or a form.

    Raises:
        ClaimRequired: none is shown.
        StaleClaim: what is shown cannot be one.
    """
    etag = shown.strip().removeprefix("W/").strip('"')
    if not etag or etag == "*":
        raise ClaimRequired("show the ETag of your claim")
    if not _ETAG.match(etag):
        raise StaleClaim(_NOT_YOURS)
    return etag
