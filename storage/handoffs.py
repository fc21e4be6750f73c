"""Reviews handed out to other teams' tools: what was asked, what they have, what they answered."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from casework.base import Model
from casework.errors import AlreadyDecided, NotFound, TooLate
from casework.handoffs import Handoff, HandoffState, HandOut
from casework.records import Person
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN, PENDING
from storage.claiming import lock_review
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.tables import claims, handoffs, reviews

_BY = "casework"
_ELSEWHERE = "answered_elsewhere"
LEASE = timedelta(minutes=15)


class Taken(Model):
    """The claim under which an answer from outside is handed in."""

    handoff_id: str
    review_id: str
    case_id: str
    etag: str


class Handoffs:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def begin(self, order: HandOut, handoff_id: str) -> Handoff | None:
        async def work(tx: Transaction) -> Handoff | None:
            review = await lock_review(tx, order.review_id)
            before = await tx.row(_this(handoff_id))
            if before is not None:
                return _handoff(before)
            if review is None or review.state != OPEN or review.desk != order.desk:
                return None
            row = {
                "handoff_id": handoff_id,
                "review_id": order.review_id,
                "case_id": order.case_id,
                "system": order.at,
                "desk": order.desk,
                "state": HandoffState.ASKED.value,
                "asked_at": tx.now,
            }
            await tx.add(handoffs, **row)
            return Handoff(
                handoff_id=handoff_id,
                review_id=order.review_id,
                case_id=order.case_id,
                state=HandoffState.ASKED,
                asked_at=tx.now,
            )

        return await self._database.write(work)

    async def sent(self, handoff_id: str, their_id: str) -> None:
        async def work(tx: Transaction) -> None:
            row = await tx.row(_this(handoff_id).with_for_update())
            if row is None or row.sent_at is not None:
                return
            said: dict[str, Any] = {"sent_at": tx.now, "their_id": their_id}
            if row.state == HandoffState.ASKED:
                said["state"] = HandoffState.SENT.value
            await _change(tx, handoff_id, **said)
            facts = {"handoff_id": handoff_id, "review_id": row.review_id, "at": row.system}
            self._audit.append(tx, row.case_id, _BY, Event.HANDED_OUT, **facts, their_id=their_id)

        await self._database.write(work)

    async def known(self, handoff_id: str, system: str) -> Handoff:
        """Raises NotFound."""
        row = await self._database.look(_this(handoff_id))
        if row is None or row.system != system:
            raise NotFound("nothing was handed out under this reference")
        return _handoff(row)

    async def take(self, handoff_id: str, person: Person) -> Taken:
        """Put the review into the hands of whoever answers for the other tool; whoever else held
        it, and has not answered, holds it no more. Repeating answers the same claim.

        Raises:
            NotFound.
            TooLate: the review has gone on to another desk, or its time here is over.
            AlreadyDecided: it is decided, or somebody's answer is on its way.
        """

        async def work(tx: Transaction) -> Taken:
            handoff = await tx.row(_this(handoff_id))
            if handoff is None:
                raise NotFound("nothing was handed out under this reference")
            review = await lock_review(tx, handoff.review_id)
            mine = await tx.row(_theirs(tx.now, handoff, person))
            etag = mine.etag if mine else await self._claimed(tx, review, handoff, person)
            return Taken(
                handoff_id=handoff_id,
                review_id=handoff.review_id,
                case_id=handoff.case_id,
                etag=etag,
            )

        return await self._database.write(work)

    async def answered(self, handoff_id: str, person: str, facts: dict[str, str]) -> None:
        """Repeating changes nothing."""
        await self._settle(handoff_id, HandoffState.ANSWERED, Event.HANDOUT_ANSWERED, person, facts)

    async def refused(
        self, handoff_id: str, state: HandoffState, person: str, facts: dict[str, str]
    ) -> None:
        """An answer that changes nothing. One that was taken before stays taken."""
        await self._settle(handoff_id, state, Event.HANDOUT_REFUSED, person, facts)

    async def _settle(
        self, handoff_id: str, state: HandoffState, event: Event, by: str, facts: dict[str, str]
    ) -> None:
        async def work(tx: Transaction) -> None:
            row = await tx.row(_this(handoff_id).with_for_update())
            if row is None or (row.state == state and event is Event.HANDOUT_ANSWERED):
                return
            if row.state != HandoffState.ANSWERED:
                await _change(tx, handoff_id, state=state.value, answered_at=tx.now)
            about = {"handoff_id": handoff_id, "review_id": row.review_id}
            self._audit.append(tx, row.case_id, by, event, **about, **facts)

        await self._database.write(work)

    async def _claimed(
        self, tx: Transaction, review: Row[Any] | None, handoff: Row[Any], person: Person
    ) -> str:
        if review is None:
            raise NotFound("nothing was handed out under this reference")
        if review.state != OPEN:
            raise AlreadyDecided("this review is decided")
        if review.desk != handoff.desk:
            raise TooLate("this review has gone on to another desk")
        if await tx.row(_on_its_way(review.review_id)) is not None:
            raise AlreadyDecided("somebody's answer to this review is on its way")
        return await self._claim(tx, review, person)

    async def _claim(self, tx: Transaction, review: Row[Any], person: Person) -> str:
        live = (claims.c.review_id == review.review_id) & claims.c.ended_at.is_(None)
        await tx.execute(update(claims).where(live).values(ended_at=tx.now, ended=_ELSEWHERE))
        row = {
            "claim_id": f"c-{secrets.token_hex(16)}",
            "review_id": review.review_id,
            "queue": review.desk,
            "person": person.id,
            "etag": secrets.token_hex(16),
            "at": tx.now,
            "expires_at": tx.now + LEASE,
        }
        await tx.add(claims, **row)
        mine = reviews.c.review_id == review.review_id
        await tx.execute(update(reviews).where(mine).values(held_until=tx.now + LEASE))
        facts = {"review_id": review.review_id, "claim_id": str(row["claim_id"])}
        self._audit.append(tx, review.case_id, person.id, Event.CLAIMED, **facts, queue=review.desk)
        return str(row["etag"])


def _on_its_way(review_id: str) -> Any:
    return select(claims.c.claim_id).where(
        claims.c.review_id == review_id,
        claims.c.ended_at.is_(None),
        claims.c.submission_state == PENDING,
    )


def _theirs(now: datetime, handoff: Row[Any], person: Person) -> Any:
    """Their claim since it was handed out: one that holds, or one they have answered under."""
    holds = claims.c.ended_at.is_(None) & (claims.c.expires_at > now)
    return select(claims.c.etag).where(
        claims.c.review_id == handoff.review_id,
        claims.c.person == person.id,
        claims.c.at >= handoff.asked_at,
        holds | claims.c.submission_id.is_not(None),
    )


def _this(handoff_id: str) -> Any:
    return select(handoffs).where(handoffs.c.handoff_id == handoff_id)


async def _change(tx: Transaction, handoff_id: str, **values: Any) -> None:
    mine = handoffs.c.handoff_id == handoff_id
    await tx.execute(update(handoffs).where(mine).values(**values))


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(
        handoff_id=row.handoff_id,
        review_id=row.review_id,
        case_id=row.case_id,
        state=HandoffState(row.state),
        asked_at=row.asked_at,
    )
