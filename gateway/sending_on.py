"""Sending a review to another desk. The same for /v1, the console and the terminal."""

import structlog

from casework.errors import Malformed, NotFound, Unavailable
from casework.records import Person, ReviewRecord
from gateway.desk import DeskWork
from gateway.doors import Doors
from storage.moves import SentOn

_log = structlog.get_logger("gateway")


class SendingOn:
    """Written down first; then whoever asked is told. A story that does not answer is told again
    later, and until then nobody claims the review."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._store = doors.store

    async def escalate(self, person: Person, review_id: str, desk: str, why: str) -> str:
        """Send a review that this person holds, or oversees, to a desk; its case's id.

        Raises:
            Forbidden: for a reviewer without a claim.
            NotFound, AlreadyDecided.
            Malformed: the policy has no such desk.
            NobodyThere, Conflict.
        """
        await DeskWork(self._doors).demand_a_claim(person, review_id)
        review = await self._store.reviews.review(review_id)
        await self._send(person, review, desk, why)
        return review.case_id

    async def reassign(self, person: Person, case_id: str, desk: str, why: str) -> str:
        """Send whatever of this case waits for a person to a desk; the review's id.

        Raises:
            NotFound: nothing of it waits for a person.
            Malformed, NobodyThere, Conflict.
        """
        review = await self._store.moves.waiting(case_id)
        await self._send(person, review, desk, why)
        return review.review_id

    async def other_desks(self, case_id: str) -> tuple[str, ...]:
        """Where what waits for a person may be sent; nowhere when nothing does."""
        try:
            review = await self._store.moves.waiting(case_id)
        except NotFound:
            return ()
        policy = await DeskWork(self._doors).policy_of(review)
        return policy.desks_besides(review.desk)

    async def _send(self, person: Person, review: ReviewRecord, desk: str, why: str) -> None:
        policy = await DeskWork(self._doors).policy_of(review)
        if not policy.has_desk(desk):
            raise Malformed("the policy has no such desk")
        there = policy.desk_named(desk)
        sent = SentOn(
            review_id=review.review_id, desk=desk, why=why, skill=there.skill, elsewhere=there.at
        )
        await self._store.moves.ask(sent, person)
        try:
            await self._doors.whoever_asked.moved(review)
        except (Unavailable, NotFound):
            _log.warning("move_not_answered", case_id=review.case_id)
