"""Reviews that somebody sends to another desk: written first, done by the story that asks."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, select, update

from casework.base import Model, Slug
from casework.errors import AlreadyDecided, Conflict, NobodyThere, NotFound
from casework.moves import Laid, Move
from casework.records import Person, ReviewRecord
from casework.words import HearingKind
from storage import people_there
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN, PENDING, UNTIL_ANSWERED, Bench
from storage.claiming import found, lock_review
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.handing_in import fit_to_be_noted
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.papers import NOTE, Papers
from storage.rows import review_of
from storage.tables import claims, moves, reviews

_MOVED = "moved"
_WANTED = "pending"
_DONE = "done"
_OVER = "over"


class SentOn(Model):
    """A review that somebody wants to lie at another desk, and why, for colleagues."""

    review_id: str
    desk: Slug
    why: str
    skill: Slug | None = None
    """What the desk asks of whoever is served there."""
    elsewhere: Slug | None = None
    """Another team's tool that answers for this desk, also where nobody here does."""


class MoveBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._bench = Bench(self._audit)
        self._papers = Papers(self._audit)

    async def ask(self, sent: SentOn, by: Person) -> None:
        """Write down that it is to lie there. Its claim ends, and until its story has moved it
        nobody claims it. Asking again changes nothing.

        Raises:
            NotFound, AlreadyDecided.
            Malformed: it does not say why.
            NobodyThere: nobody at that desk may decide it.
            Conflict: it lies there already, or a decision was handed in and waits for its answer.
        """

        fit_to_be_noted(sent.why)

        async def work(tx: Transaction) -> None:
            review = found(await lock_review(tx, sent.review_id))
            pending = await tx.row(_pending(sent.review_id))
            if pending is not None and pending.desk == sent.desk:
                return
            await self._may_move(tx, review, sent)
            await self._write(tx, review, sent, by)

        await self._database.write(work)

    async def waiting(self, case_id: str) -> ReviewRecord:
        """What of a case waits for a person now, opened last. Raises NotFound."""
        theirs = (reviews.c.case_id == case_id) & (reviews.c.state == OPEN)
        asked = reviews.c.hearing.in_([HearingKind.FIRST.value, HearingKind.APPEAL.value])
        latest = select(reviews).where(theirs, asked).order_by(reviews.c.opened_at.desc()).limit(1)
        row = await self._database.read(lambda tx: tx.row(latest))
        if row is None:
            raise NotFound("nothing of this case waits for a person")
        return review_of(row, ())

    async def wanted(self, review_id: str) -> Move | None:
        """What was asked for last and is not done yet."""
        row = await self._database.read(lambda tx: tx.row(_pending(review_id)))
        if row is None:
            return None
        return Move(move_id=row.move_id, review_id=row.review_id, desk=row.desk)

    async def settle(self, move: Move, laid: Laid) -> None:
        """Lay the review before this desk and end its claim; what was wanted earlier is over too.

        Repeating changes nothing, and nothing happens to a review that is decided. A decision
        handed in before is still answered, and the review held until then.
        """

        async def work(tx: Transaction) -> None:
            this = found(await tx.row(select(moves).where(moves.c.move_id == move.move_id)))
            await locked_case(tx, this.case_id)
            review = found(await lock_review(tx, move.review_id))
            if not await self._end(tx, this, review):
                return
            await self._bench.put_back(tx, move.review_id, _MOVED)
            await self._bench.lay_before(tx, review, laid)

        await self._database.write(work)

    async def untold(self, older_than: timedelta, limit: int = 500) -> list[ReviewRecord]:
        """Reviews that were sent on at least so long ago and still lie where they were."""

        async def work(tx: Transaction) -> list[ReviewRecord]:
            waits = (moves.c.state == _WANTED) & (moves.c.at <= tx.now - older_than)
            rows = await tx.rows(
                select(reviews)
                .where(reviews.c.review_id.in_(select(moves.c.review_id).where(waits)))
                .order_by(reviews.c.due_at)
                .limit(limit)
            )
            closed = [row.review_id for row in rows if row.state != OPEN]
            if closed:
                over = moves.c.review_id.in_(closed) & (moves.c.state == _WANTED)
                await tx.execute(update(moves).where(over).values(state=_OVER))
            return [review_of(row, ()) for row in rows if row.state == OPEN]

        return await self._database.write(work)

    async def _may_move(self, tx: Transaction, review: Row[Any], sent: SentOn) -> None:
        if review.state != OPEN:
            raise AlreadyDecided("this review is decided")
        if review.desk == sent.desk:
            raise Conflict("it lies at this desk already")
        held = (claims.c.review_id == review.review_id) & (claims.c.submission_state == PENDING)
        if await tx.row(select(claims.c.claim_id).where(held)) is not None:
            raise Conflict("a decision was handed in, and waits for its answer")
        if sent.elsewhere is not None and review.hearing == HearingKind.FIRST:
            return
        if not await people_there.anybody(tx, review, sent.desk, sent.skill):
            raise NobodyThere("nobody at this desk may decide it")

    async def _write(self, tx: Transaction, review: Row[Any], sent: SentOn, by: Person) -> None:
        await tx.add(
            moves,
            move_id=f"w-{secrets.token_hex(16)}",
            review_id=review.review_id,
            case_id=review.case_id,
            desk=sent.desk,
            by=by.id,
            at=tx.now,
            state=_WANTED,
        )
        key = await self._vault.key_for(tx, review.case_id)
        await self._papers.keep_note(tx, review, by.id, key.seal(sent.why, NOTE))
        await self._bench.end_claims(tx, review.review_id, _MOVED)
        mine = reviews.c.review_id == review.review_id
        await tx.execute(update(reviews).where(mine).values(held_until=UNTIL_ANSWERED))
        facts = {"review_id": review.review_id, "to": sent.desk}
        self._audit.append(tx, review.case_id, by.id, Event.SENT_ON, **facts)

    async def _end(self, tx: Transaction, this: Row[Any], review: Row[Any]) -> bool:
        """Write down that it is done, and the earlier ones are over; whether it was still to do."""
        mine = and_(
            moves.c.review_id == review.review_id,
            moves.c.state == _WANTED,
            moves.c.at <= this.at,
        )
        if this.state != _WANTED:
            return False
        await tx.execute(update(moves).where(mine).values(state=_OVER))
        if review.state != OPEN:
            return False
        done = moves.c.move_id == this.move_id
        await tx.execute(update(moves).where(done).values(state=_DONE))
        return True


def _pending(review_id: str) -> Any:
    waits = (moves.c.review_id == review_id) & (moves.c.state == _WANTED)
    return select(moves).where(waits).order_by(moves.c.at.desc(), moves.c.move_id).limit(1)
