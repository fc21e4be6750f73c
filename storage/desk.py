"""The reviewer's desk: claims, and decisions handed in under them."""

import hmac
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from casework.base import Model, Slug
from casework.care import NO_LIMITS, CareRules
from casework.errors import AlreadyDecided, CaseClosed, ConflictOfInterest, Forbidden
from casework.queueing import QueueRules, queues_of
from casework.records import Person, Submission
from casework.ruling import Measure
from casework.words import HearingKind, Severity, Stage, Verdict
from storage import submissions
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN, PENDING, UNTIL_ANSWERED
from storage.claiming import (
    ClaimedReview,
    Claiming,
    Terms,
    excluded_from,
    found,
    lock_review,
)
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.handing_in import Besides, HandedIn, fit_to_be_noted, fits, unless_another
from storage.keys import Keyring
from storage.papers import NOTE, Papers
from storage.routing import has_conflict
from storage.rows import measures_text
from storage.tables import cases, claims, reviews

__all__ = ["ClaimedReview", "DeskBook", "Escalated"]

RULES = QueueRules()
_NOTHING_BESIDES = Besides()

_OF_A_ROUND = (HearingKind.FIRST.value, HearingKind.QUALITY.value)


class Escalated(Model):
    """Somebody asks for the case to be escalated; `reason` is a stable word."""

    case_id: str
    review_id: str
    harm: Slug
    severity: Severity
    reason: Slug


class DeskBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._claiming = Claiming(self._audit)
        self._papers = Papers(self._audit)

    async def claim(
        self,
        queue: str,
        person: Person,
        lease: timedelta,
        rules: QueueRules = RULES,
        care: CareRules = NO_LIMITS,
        also: tuple[Event, ...] = (),
    ) -> ClaimedReview | None:
        """The most urgent review this person may have; the one they hold there already, if any.

        Most urgent is what `casework.queueing` puts first. The commit writes down `also` of it.

        Raises:
            TakeABreak: nothing new is served to them for a while.
        """
        terms = Terms(lease=lease, rules=rules, care=care, also=also)
        return await self._database.write(lambda tx: self._claiming.claim(tx, queue, person, terms))

    async def held(self, review_id: str, person: Person) -> ClaimedReview | None:
        """The live claim this person has on this review."""
        return await self._database.read(lambda tx: self._claiming.held(tx, review_id, person))

    async def extend(
        self, review_id: str, person: Person, etag: str, lease: timedelta
    ) -> ClaimedReview:
        """Hold it for a whole lease from now. Raises StaleClaim."""
        return await self._database.write(
            lambda tx: self._claiming.extend(tx, review_id, person, etag, lease)
        )

    async def release(self, review_id: str, person: Person, etag: str) -> None:
        """Put it back. Repeating changes nothing. Raises StaleClaim, or Conflict once submitted."""
        await self._database.write(lambda tx: self._claiming.release(tx, review_id, person, etag))

    async def note(self, review_id: str, person: Person, text: str) -> None:
        """A remark for colleagues, stored sealed. Raises NotFound, Forbidden, Malformed."""
        fit_to_be_noted(text)

        async def work(tx: Transaction) -> None:
            review = await self._in_scope(tx, review_id, person)
            key = await self._vault.key_for(tx, review.case_id)
            await self._papers.keep_note(tx, review, person.id, key.seal(text, NOTE))

        await self._database.write(work)

    async def submit(
        self,
        review_id: str,
        person: Person,
        etag: str,
        verdict: Verdict,
        measures: tuple[Measure, ...] = (),
        reason: str = "",
        besides: Besides = _NOTHING_BESIDES,
        undo_for: timedelta = timedelta(),
    ) -> Submission:
        """Hand in a decision under a live claim. It is decided once the case's story accepts it.

        Repeating the same one answers the same, also later. Until the story accepts or refuses
        it, the review is held for this person. For `undo_for`, and not after the review is due,
        it waits at the desk and may be taken back.

        Raises:
            NotFound, Forbidden, ConflictOfInterest, Malformed.
            StaleClaim: the etag is not that of the live claim.
            AlreadyDecided, CaseClosed: too late, or a second one under this claim.
        """
        answer = HandedIn(verdict=verdict, measures=measures, reason=reason, **besides.model_dump())

        async def work(tx: Transaction) -> Submission:
            review = await self._in_scope(tx, review_id, person)
            before = await self._before(tx, review_id, person, etag)
            if before is not None:
                if not undo_for:
                    await submissions.wait_no_longer(tx, before.submission_id)
                return unless_another(before, answer)
            await _still_open(tx, review)
            await _has_no_part_in_it(tx, review_id, person)
            claim = await self._claiming.proven(tx, review_id, person, etag)
            fits(answer, HearingKind(review.hearing))
            return await self._hand_in(tx, claim, person, answer, undo_for)

        return await self._database.write(work)

    async def pending_submissions(
        self, older_than: timedelta, limit: int = 500
    ) -> list[Submission]:
        """Handed in at least so long ago and not yet accepted or refused, oldest first."""
        return await self._database.read(
            lambda tx: submissions.waiting(tx, self._vault, older_than, limit)
        )

    async def request_escalation(self, review_id: str, person: Person, reason: str) -> Escalated:
        """Write down that this person asks for it. Raises NotFound, Forbidden, AlreadyDecided."""

        async def work(tx: Transaction) -> Escalated:
            review = await self._in_scope(tx, review_id, person)
            await _still_open(tx, review)
            facts = {"review_id": review_id, "reason": reason}
            self._audit.append(tx, review.case_id, person.id, Event.ESCALATION_REQUESTED, **facts)
            return Escalated(
                case_id=review.case_id,
                review_id=review_id,
                harm=review.harm,
                severity=Severity(review.severity),
                reason=reason,
            )

        return await self._database.write(work)

    async def _in_scope(self, tx: Transaction, review_id: str, person: Person) -> Row[Any]:
        """The review, locked. Raises NotFound; Forbidden for a harm or queue out of scope."""
        review = found(await lock_review(tx, review_id))
        queues = queues_of(review.desk, review.hearing)
        if not any(person.may_work_on(harm=review.harm, queue=queue) for queue in queues):
            raise Forbidden("this review is not in your scope")
        return review

    async def _before(
        self, tx: Transaction, review_id: str, person: Person, etag: str
    ) -> Submission | None:
        """What was handed in under this claim before."""
        handed_in = select(claims.c.submission_id, claims.c.etag).where(
            claims.c.review_id == review_id,
            claims.c.person == person.id,
            claims.c.submission_id.is_not(None),
        )
        for claim in await tx.rows(handed_in):
            if hmac.compare_digest(claim.etag.encode(), etag.encode()):
                return await submissions.known(tx, self._vault, claim.submission_id)
        return None

    async def _hand_in(
        self,
        tx: Transaction,
        claim: Row[Any],
        person: Person,
        answer: HandedIn,
        undo_for: timedelta,
    ) -> Submission:
        key = await self._vault.key_for(tx, claim.case_id)
        submission_id = f"s-{secrets.token_hex(16)}"
        await tx.execute(
            update(claims)
            .where(claims.c.claim_id == claim.claim_id)
            .values(
                submission_id=submission_id,
                submission_state=PENDING,
                submitted_at=tx.now,
                by_person=person.model_dump_json(),
                sealed_reason=key.seal(answer.reason, submissions.WORDS),
                deliver_after=min(tx.now + undo_for, claim.due_at) if undo_for else None,
                **_as_columns(answer),
            )
        )
        mine = reviews.c.review_id == claim.review_id
        await tx.execute(update(reviews).where(mine).values(held_until=UNTIL_ANSWERED))
        facts = {"review_id": claim.review_id, "submission_id": submission_id}
        self._audit.append(
            tx, claim.case_id, person.id, Event.SUBMITTED, **facts, verdict=answer.verdict.value
        )
        return Submission(
            submission_id=submission_id,
            review_id=claim.review_id,
            case_id=claim.case_id,
            by=person,
            queue=claim.queue,
            at=tx.now,
            **dict(answer),
        )


def _as_columns(answer: HandedIn) -> dict[str, Any]:
    return {
        "verdict": answer.verdict,
        "measures": measures_text(answer.measures),
        "confidence": answer.confidence,
        "grounds": answer.grounds,
        "wants_second": answer.wants_second,
    }


async def _has_no_part_in_it(tx: Transaction, review_id: str, person: Person) -> None:
    """Raises Forbidden, ConflictOfInterest."""
    if person.id in await excluded_from(tx, review_id):
        raise Forbidden("somebody else has to decide this one")
    if await has_conflict(tx, review_id, person.id):
        raise ConflictOfInterest("you are tied to an account in this one")


async def _still_open(tx: Transaction, review: Row[Any]) -> None:
    if review.state == OPEN:
        return
    stage = await tx.value(select(cases.c.stage).where(cases.c.case_id == review.case_id))
    if stage == Stage.CLOSED and review.hearing in _OF_A_ROUND:
        raise CaseClosed("the case is closed")
    raise AlreadyDecided("this review is decided")
