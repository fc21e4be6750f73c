"""Second looks: drawn from what people decided, served like first hearings, written down apart."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from casework.errors import AlreadyDecided, CaseClosed, Forbidden
from casework.identity import review_id
from casework.policy_parts import Desk
from casework.records import NOBODY, ReviewRecord, Submission
from casework.rereviews import LAPSES_AFTER, SETTLED_FOR, Judged, drawn, time_at
from casework.words import HearingKind, RereviewKind, Severity
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import ACCEPTED, OPEN, PENDING, Bench
from storage.claiming import excluded_from, found, lock_review
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.lapsing import Lapsed, lapse
from storage.ledger import locked_case
from storage.parts import who_had_a_part
from storage.rows import measures_text, review_of
from storage.tables import Utc, case_keys, cases, claims, decisions, rereviews, reviews
from storage.tables.of_decisions import FIRST_BY_PEOPLE

Place = tuple[datetime, str]
"""How far the decisions have been looked through: the moment and the id of the last one."""


class Rereviews:
    """The `SecondLookBook` port, and what draws and ends second looks."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._key = keyring.tokens
        self._audit = Audit(database, keyring)
        self._bench = Bench(self._audit)

    def is_drawn(self, judged: Judged, share: float) -> bool:
        return drawn(self._key, judged.decision_id, share)

    async def judged_since(self, place: Place, limit: int = 500) -> list[Judged]:
        """First decisions of people, the oldest first, that have stood long enough."""

        async def work(tx: Transaction) -> list[Judged]:
            until = tx.now - SETTLED_FOR
            rows = await tx.rows(_by_people(place, until).limit(limit))
            return [Judged(**row._mapping) for row in rows]

        return await self._database.read(work)

    async def open(self, judged: Judged, desks: tuple[Desk, ...]) -> bool:
        """Ask somebody else, who is told nothing of the decision; whether that was new.

        Nobody is asked once the decision was taken back, the case asked again, or its evidence
        was erased.
        """

        async def work(tx: Transaction) -> bool:
            case = await locked_case(tx, judged.case_id)
            first = await tx.row(_standing(judged))
            if first is None or case.round != judged.round:
                return False
            review = _asked_anew(first, desks, tx.now)
            people = await who_had_a_part(tx, judged.case_id)
            if not await self._bench.open(tx, review.model_copy(update={"excluded": people})):
                return False
            await self._bench.serve_last(tx, review.review_id)
            await tx.add(
                rereviews,
                review_id=review.review_id,
                case_id=judged.case_id,
                kind=RereviewKind.SAMPLE,
                decision_id=judged.decision_id,
                policy=judged.policy,
                policy_version=judged.policy_version,
                first_by=first.by,
                first_verdict=first.verdict,
                first_measures=first.measures,
                at=tx.now,
            )
            return True

        return await self._database.write(work)

    async def answer(self, submission: Submission) -> None:
        async def work(tx: Transaction) -> None:
            case = await locked_case(tx, submission.case_id)
            review = found(await lock_review(tx, submission.review_id))
            state = await _state(tx, submission)
            if state == ACCEPTED:
                return
            if review.state != OPEN:
                raise CaseClosed("the case is closed")
            if state != PENDING:
                raise AlreadyDecided("this review is decided")
            if submission.by.id in await excluded_from(tx, submission.review_id):
                raise Forbidden("somebody else has to decide this one")
            mine = rereviews.c.review_id == submission.review_id
            if case.round != review.round:
                await lapse(tx, self._audit, mine, Lapsed.REOPENED)
                return
            await self._write_down(tx, submission)

        await self._database.write(work)

    async def _write_down(self, tx: Transaction, submission: Submission) -> None:
        said = {
            "by": submission.by.id,
            "verdict": submission.verdict,
            "measures": measures_text(submission.measures),
            "answered_at": tx.now,
        }
        mine = rereviews.c.review_id == submission.review_id
        await tx.execute(update(rereviews).where(mine).values(**said))
        await self._bench.close_unruled(tx, submission.review_id, submission.by.id)
        facts = {"review_id": submission.review_id, "submission_id": submission.submission_id}
        self._audit.append(
            tx, submission.case_id, submission.by.id, Event.REREVIEWED, **facts,
            verdict=submission.verdict.value,
        )  # fmt: skip

    async def due(self, limit: int = 500) -> list[ReviewRecord]:
        """In nobody's hands, and their time at the desk is over, or their case asks again."""

        async def work(tx: Transaction) -> list[ReviewRecord]:
            over = or_(reviews.c.due_at <= tx.now, cases.c.round != reviews.c.round)
            rows = await tx.rows(_in_nobodys_hands(tx.now).where(over).limit(limit))
            return [review_of(row, ()) for row in rows]

        return await self._database.read(work)

    async def ask_anew(self, review: ReviewRecord, within: timedelta) -> None:
        """Let it look like one that was just asked; or lapse, once it was asked for long enough or
        its case asks again."""

        async def work(tx: Transaction) -> None:
            case = await locked_case(tx, review.case_id)
            await lock_review(tx, review.review_id)
            this = reviews.c.review_id == review.review_id
            row = await tx.row(_in_nobodys_hands(tx.now).where(this))
            if row is None:
                return
            why = _over(row, case.round, tx.now)
            if why is not None:
                await lapse(tx, self._audit, rereviews.c.review_id == review.review_id, why)
                return
            fresh = {"due_at": tx.now + within, "opened_at": tx.now}
            await tx.execute(update(reviews).where(this).values(**fresh))

        await self._database.write(work)


def _over(look: Row[Any], round_: int, now: datetime) -> Lapsed | None:
    if look.round != round_:
        return Lapsed.REOPENED
    return Lapsed.UNANSWERED if look.asked_at <= now - LAPSES_AFTER else None


def _by_people(place: Place, until: datetime) -> Select[Any]:
    after = tuple_(decisions.c.at, decisions.c.decision_id) > tuple_(*_bound(place))
    return (
        select(*(decisions.c[name] for name in Judged.model_fields))
        .where(FIRST_BY_PEOPLE, after, decisions.c.at <= until, decisions.c.by != NOBODY)
        .order_by(decisions.c.at, decisions.c.decision_id)
    )


def _bound(place: Place) -> tuple[Any, Any]:
    at, decision = place
    return literal(at, Utc()), literal(decision)


def _standing(judged: Judged) -> Select[Any]:
    """The decision with the review it answered, if it was not taken back and can be judged."""
    taken_back = aliased(decisions)
    no_longer = select(taken_back.c.decision_id).where(
        taken_back.c.case_id == decisions.c.case_id,
        taken_back.c.overrides == decisions.c.decision_id,
        taken_back.c.hearing.in_([HearingKind.UNDO.value, HearingKind.RECALL.value]),
    )
    asked = review_id(judged.case_id, judged.round, HearingKind.FIRST)
    return (
        select(decisions.c.by, decisions.c.verdict, _own_measures(asked), *reviews.c)
        .select_from(decisions)
        .join(reviews, reviews.c.review_id == asked)
        .join(case_keys, case_keys.c.case_id == decisions.c.case_id)
        .where(decisions.c.decision_id == judged.decision_id, case_keys.c.wrapped.is_not(None))
        .where(~no_longer.exists())
    )


def _own_measures(asked: str) -> ColumnElement[str]:
    """What whoever decided asked for: without what the account's strikes added to it."""
    theirs = select(claims.c.measures).where(
        claims.c.review_id == asked,
        claims.c.person == decisions.c.by,
        claims.c.submission_state == ACCEPTED,
    )
    own = theirs.limit(1).scalar_subquery()
    return func.coalesce(own, decisions.c.measures).label("measures")


def _asked_anew(first: Row[Any], desks: tuple[Desk, ...], now: datetime) -> ReviewRecord:
    """The same question at the same desk, with as much time as a first hearing has there."""
    return ReviewRecord(
        review_id=review_id(first.case_id, first.round, HearingKind.QUALITY),
        case_id=first.case_id,
        round=first.round,
        hearing=HearingKind.QUALITY,
        harm=first.harm,
        severity=Severity(first.severity),
        desk=first.desk,
        due_at=now + time_at(first.desk, desks),
        why=first.why,
    )


def _in_nobodys_hands(now: datetime) -> Select[Any]:
    is_free = or_(reviews.c.held_until.is_(None), reviews.c.held_until <= now)
    return (
        select(*reviews.c, rereviews.c.at.label("asked_at"))
        .select_from(reviews)
        .join(rereviews, rereviews.c.review_id == reviews.c.review_id)
        .join(cases, cases.c.case_id == reviews.c.case_id)
        .where(rereviews.c.answered_at.is_(None), rereviews.c.lapsed_at.is_(None), is_free)
        .order_by(rereviews.c.at)
    )


async def _state(tx: Transaction, submission: Submission) -> str | None:
    handed_in = claims.c.submission_id == submission.submission_id
    state = await tx.value(select(claims.c.submission_state).where(handed_in))
    return None if state is None else str(state)
