"""The reviewer's desk: claims, and decisions handed in under them."""

from datetime import timedelta

from casework.base import Model, Moment, Slug
from casework.records import Person, Submission
from casework.ruling import Measure
from casework.words import HearingKind, Severity, Verdict
from storage.engine import Database
from storage.keys import Keyring

APPEALS = "appeals"
"""The queue of every review that hears an appeal, at whatever desk it lies."""


class ClaimedReview(Model):
    """A review in one person's hands until `expires_at`; `etag` proves it."""

    claim_id: str
    review_id: str
    case_id: str
    round: int
    hearing: HearingKind
    harm: Slug
    severity: Severity
    desk: Slug
    queue: Slug
    why: str
    due_at: Moment
    etag: str
    expires_at: Moment


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
        self._keyring = keyring

    async def claim(self, queue: str, person: Person, lease: timedelta) -> ClaimedReview | None:
        """The most urgent review this person may have; the one they hold there already, if any.

        Most urgent: severity, then whose time is over first, then most detections, then oldest.
        """
        raise NotImplementedError

    async def held(self, review_id: str, person: Person) -> ClaimedReview | None:
        """The live claim this person has on this review."""
        raise NotImplementedError

    async def extend(
        self, review_id: str, person: Person, etag: str, lease: timedelta
    ) -> ClaimedReview:
        """Hold it for a whole lease from now. Raises StaleClaim."""
        raise NotImplementedError

    async def release(self, review_id: str, person: Person, etag: str) -> None:
        """Put it back. Repeating changes nothing. Raises StaleClaim, or Conflict once submitted."""
        raise NotImplementedError

    async def note(self, review_id: str, person: Person, text: str) -> None:
        """A remark for colleagues, stored sealed. Raises NotFound, Forbidden, Malformed."""
        raise NotImplementedError

    async def submit(
        self,
        review_id: str,
        person: Person,
        etag: str,
        verdict: Verdict,
        measures: tuple[Measure, ...] = (),
        reason: str = "",
    ) -> Submission:
        """Hand in a decision under a live claim. It is decided once the case's story accepts it.

        Repeating the same one answers the same, also later. Until the story accepts or refuses
        it, the review is held for this person.

        Raises:
            NotFound, Forbidden, Malformed.
            StaleClaim: the etag is not that of the live claim.
            AlreadyDecided, CaseClosed: too late, or a second one under this claim.
        """
        raise NotImplementedError

    async def pending_submissions(
        self, older_than: timedelta, limit: int = 500
    ) -> list[Submission]:
        """Handed in at least so long ago and not yet accepted or refused, oldest first."""
        raise NotImplementedError

    async def request_escalation(self, review_id: str, person: Person, reason: str) -> Escalated:
        """Write down that this person asks for it. Raises NotFound, Forbidden, AlreadyDecided."""
        raise NotImplementedError
