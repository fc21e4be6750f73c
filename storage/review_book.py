"""Reviews as the stories see them: the `ReviewBook` port."""

from datetime import datetime

from sqlalchemy import select, update

from casework.errors import NotFound
from casework.identity import decision_id
from casework.moves import Laid
from casework.orders import Answer, Decided
from casework.policy_parts import Desk
from casework.records import NOBODY, POLICY, ReviewRecord, Submission
from casework.words import HearingKind
from storage import people_there, submissions
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import FIRST_OF_TWO, OPEN, PENDING, REFUSED, Bench
from storage.claiming import excluded_from, found, lock_review
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import keep, kept, locked_case
from storage.rows import review_of
from storage.tables import appeals, claims, decisions, rereviews, reviews

_BY = "casework"
_LONGEST_GIVEN = 100
"""How much of an id that is not ours is written down."""


class ReviewBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._bench = Bench(self._audit)

    async def review(self, review_id: str) -> ReviewRecord:
        """Raises NotFound."""
        return await self._database.read(lambda tx: _review(tx, review_id))

    async def settled(self, review_id: str) -> Decided | None:
        """The final decision of this review, if there is one."""
        decided = await self._database.read(
            lambda tx: tx.value(select(reviews.c.decided).where(reviews.c.review_id == review_id))
        )
        return None if decided is None else Decided.model_validate_json(decided)

    async def appealed_decision(self, review_id: str) -> str:
        """The decision under appeal in this review. Raises NotFound."""
        decision = await self._database.read(
            lambda tx: tx.value(
                select(appeals.c.decision_id).where(appeals.c.review_id == review_id)
            )
        )
        if decision is None:
            raise NotFound("no appeal is heard in such a review")
        return str(decision)

    async def hand_over(
        self, review_id: str, desk: str, due_at: datetime, skill: str | None = None
    ) -> None:
        """Move the review to another desk; claims end. Repeating changes nothing.

        A decision handed in before is still answered, and the review held until then.
        """
        step = f"hand_over/{review_id}/{desk}/{due_at.isoformat()}"

        async def work(tx: Transaction) -> None:
            await locked_case(tx, (await _review(tx, review_id)).case_id)
            review = found(await lock_review(tx, review_id))
            if review.state != OPEN or await kept(tx, review.case_id, step) is not None:
                return
            await self._bench.put_back(tx, review_id, "handed_over")
            await self._bench.lay_before(tx, review, Laid(desk=desk, due_at=due_at, skill=skill))
            await keep(tx, review.case_id, step, "{}")

        await self._database.write(work)

    async def submission(self, submission_id: str) -> Submission | None:
        """What a person submitted through the gateway under a claim that held then, else None.

        Its author has the rights of now: none, if they were withdrawn since.
        """
        return await self._database.read(
            lambda tx: submissions.known(tx, self._vault, _as_given(submission_id))
        )

    async def earlier(self, review_id: str) -> tuple[Submission, ...]:
        """Submissions accepted before on this review as one of two people, oldest first."""
        return await self._database.read(lambda tx: submissions.firsts(tx, self._vault, review_id))

    async def keep_as_first(self, submission: Submission, goes_to: Laid | None = None) -> Answer:
        """Record one of several people's answer and put the review back, not to be claimed by
        them; before another desk, or anew before its own, if it goes up. Repeating answers the
        same."""
        step = f"first/{submission.submission_id}"
        answer = Answer(goes_up=goes_to is not None)

        async def work(tx: Transaction) -> Answer:
            await locked_case(tx, submission.case_id)
            review = found(await lock_review(tx, submission.review_id))
            before = await kept(tx, submission.case_id, step)
            if before is not None:
                return Answer.model_validate_json(before)
            if await _answer(tx, submission.submission_id, FIRST_OF_TWO) is None:
                return Answer()
            await self._bench.exclude(tx, submission.review_id, submission.by.id)
            await self._bench.put_back(tx, submission.review_id, "first_of_two")
            facts = {
                "review_id": submission.review_id,
                "submission_id": submission.submission_id,
            }
            self._audit.append(
                tx, submission.case_id, submission.by.id, Event.FIRST_OF_TWO, **facts
            )
            if goes_to is not None:
                await self._bench.lay_before(tx, review, goes_to)
            await keep(tx, submission.case_id, step, answer.model_dump_json())
            return answer

        return await self._database.write(work)

    async def is_served(self, review_id: str, at: Desk, apart_from: str) -> bool:
        """Whether somebody else could claim it at this desk."""

        async def work(tx: Transaction) -> bool:
            review = await _review(tx, review_id)
            return await people_there.anybody(tx, review, at.desk, at.skill, {apart_from})

        return await self._database.read(work)

    async def refuse(self, submission_id: str, review_id: str, case_id: str, why: str) -> None:
        """Audit a decision that was not accepted, and put its review back if there is one.

        Repeating changes nothing.
        """
        step = f"refused/{_as_given(submission_id)}"

        async def work(tx: Transaction) -> None:
            await lock_review(tx, _as_given(review_id))
            if await kept(tx, _as_given(case_id), step) is not None:
                return
            if await _answer(tx, _as_given(submission_id), REFUSED) is not None:
                await self._bench.put_back(tx, review_id, "refused")
            facts = {
                "submission_id": _as_given(submission_id),
                "review_id": _as_given(review_id),
                "why": why,
            }
            self._audit.append(tx, _as_given(case_id), _BY, Event.SUBMISSION_REFUSED, **facts)
            await keep(tx, _as_given(case_id), step, "{}")

        await self._database.write(work)

    async def open_appeal(self, appeal_id: str, review: ReviewRecord) -> ReviewRecord:
        """Put an appeal before its first desk; repeating answers the review as it stands.

        Nobody may decide it who had a part in the case's first hearings.

        Raises:
            NotFound: when no such appeal was filed.
        """

        async def work(tx: Transaction) -> ReviewRecord:
            await locked_case(tx, review.case_id)
            mine = appeals.c.appeal_id == appeal_id
            appeal = await tx.row(select(appeals).where(mine).with_for_update())
            if appeal is None:
                raise NotFound("no such appeal")
            if appeal.review_id is not None:
                return await _review(tx, appeal.review_id)
            involved = set(review.excluded) | await _involved(tx, review.case_id)
            people = tuple(sorted(involved - {POLICY, NOBODY}))
            await self._bench.open(tx, review.model_copy(update={"excluded": people}))
            opened = {"review_id": review.review_id, "opened_at": tx.now}
            await tx.execute(update(appeals).where(mine).values(**opened))
            facts = {"appeal_id": appeal_id, "review_id": review.review_id}
            self._audit.append(tx, review.case_id, _BY, Event.APPEAL_OPENED, **facts)
            return await _review(tx, review.review_id)

        return await self._database.write(work)

    async def close_appeal(self, appeal_id: str) -> None:
        """The appellant has been told. Repeating changes nothing. Raises NotFound."""

        async def work(tx: Transaction) -> None:
            mine = appeals.c.appeal_id == appeal_id
            appeal = await tx.row(select(appeals).where(mine).with_for_update())
            if appeal is None:
                raise NotFound("no such appeal")
            if appeal.closed_at is not None:
                return
            outcome = await _outcome(tx, appeal.review_id)
            ended = {"closed_at": tx.now, "outcome": outcome}
            await tx.execute(update(appeals).where(mine).values(**ended))
            facts = {"appeal_id": appeal_id, "outcome": outcome or "none"}
            self._audit.append(tx, appeal.case_id, _BY, Event.APPEAL_CLOSED, **facts)

        await self._database.write(work)


def _as_given(text: str) -> str:
    """An id that anybody may have made up, fit to be looked for and written down."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text[:_LONGEST_GIVEN])


async def _review(tx: Transaction, review_id: str) -> ReviewRecord:
    row = await tx.row(select(reviews).where(reviews.c.review_id == review_id))
    return review_of(found(row), await excluded_from(tx, review_id))


async def _answer(tx: Transaction, submission_id: str, state: str) -> str | None:
    """Give a pending submission its answer; the review it was for, None if none was pending."""
    answered = await tx.row(
        update(claims)
        .where(claims.c.submission_id == submission_id, claims.c.submission_state == PENDING)
        .values(submission_state=state)
        .returning(claims.c.review_id)
    )
    return None if answered is None else str(answered.review_id)


async def _involved(tx: Transaction, case_id: str) -> set[str]:
    """Everybody who decided a first hearing of this case, was the first of two to answer, or took
    a second look at it."""
    decided = select(decisions.c.by.label("who")).where(
        decisions.c.case_id == case_id, decisions.c.hearing == HearingKind.FIRST.value
    )
    answered = (
        select(claims.c.person.label("who"))
        .join(reviews, reviews.c.review_id == claims.c.review_id)
        .where(reviews.c.case_id == case_id, reviews.c.hearing == HearingKind.FIRST.value)
        .where(claims.c.submission_state == FIRST_OF_TWO)
    )
    looked = select(rereviews.c.by.label("who")).where(
        rereviews.c.case_id == case_id, rereviews.c.by.is_not(None)
    )
    return {row.who for row in await tx.rows(decided.union(answered, looked))}


async def _outcome(tx: Transaction, review_id: str | None) -> str | None:
    review = await tx.row(select(reviews).where(reviews.c.review_id == review_id))
    if review is None:
        return None
    answers = HearingKind.APPEAL, HearingKind.RECALL
    made = [decision_id(review.case_id, review.round, kind) for kind in answers]
    verdict = await tx.value(select(decisions.c.verdict).where(decisions.c.decision_id.in_(made)))
    return None if verdict is None else str(verdict)
