"""Whoever holds a review passes it on. The same for /v1 and for the console."""

from datetime import datetime

from casework.errors import Forbidden, NotFound
from casework.records import Person
from casework.words import Role, SkipReason
from gateway.doors import Doors
from storage.claiming import Terms
from storage.passing_on import InHand


class PassingOn:
    """All of these need the ETag of the claim, raise StaleClaim without a live one, and change
    nothing when repeated."""

    def __init__(self, doors: Doors) -> None:
        self._store = doors.store
        settings = doors.settings
        self._terms = Terms(lease=settings.lease, rules=settings.queueing, care=settings.care)

    async def hold(
        self, person: Person, review_id: str, etag: str, until: datetime, reason: str
    ) -> None:
        """Put it aside until then; the reason is kept as a note.

        Raises:
            StaleClaim, Conflict.
            Malformed: for longer than may be, beyond the deadline, or without a reason.
        """
        hand = InHand(review_id=review_id, person=person, etag=etag)
        await self._store.passing.hold(hand, until, reason, self._terms)

    async def hand_over(
        self, person: Person, review_id: str, etag: str, to: str, reason: str
    ) -> None:
        """Keep it for this colleague for a lease; the reason is kept as a note.

        Raises:
            StaleClaim, Conflict, Malformed.
            NotTheirs: the colleague would not be served it now.
        """
        hand = InHand(review_id=review_id, person=person, etag=etag)
        await self._store.passing.hand_over(hand, to, reason, self._terms)

    async def skip(
        self, person: Person, review_id: str, etag: str, reason: SkipReason, words: str = ""
    ) -> None:
        """Leave it to others. Raises StaleClaim, Conflict, Malformed."""
        hand = InHand(review_id=review_id, person=person, etag=etag)
        await self._store.passing.skip(hand, reason, words, self._terms.rules.skip_for)

    async def colleagues(self, person: Person, review_id: str) -> tuple[str, ...]:
        """Whom it may be handed to now, by name.

        Raises:
            Forbidden: for a reviewer without the claim, whether or not there is such a review.
            NotFound.
        """
        if await self._store.desk.held(review_id, person) is None:
            if person.role is Role.REVIEWER:
                raise Forbidden("this is for whoever holds the review")
            if not person.covers((await self._store.reviews.review(review_id)).harm):
                raise NotFound("no such review")
        return await self._store.passing.colleagues(review_id, person, self._terms.care)
