"""Errors raised on purpose, by what the caller should do next.

* CaseworkError
  + Transient                 try again; the world may have changed
    - Unavailable             a vendor, the platform, a notifier or the database is not answering
    - NotConfirmed            the platform said yes, and reading back says otherwise
  + Permanent                 do not try again; a human has to change something
    - Nonsense                an answer that cannot be understood, or is out of range
    - TurnedDown              the other side refuses this request and would refuse it again
      . Irreversible            what is to be undone cannot be undone there, by anybody
      . WrongTarget             the id now means somebody or something else
    - Gone                    what was to be acted on no longer exists
    - Undecidable             a policy's condition has no yes or no for these facts
    - PolicyMistake           a policy file is wrong; says file, line and column
    - Refused                 the caller may not have this; answered with its code
      . Malformed, TooLarge, FutureDated, UnknownHarm, UnknownAction
      . Unauthenticated, Forbidden, ConflictOfInterest, NotFound
      . Conflict, DetectionConflict, IdempotencyConflict
      . AlreadyDecided, AlreadyAppealed, CaseClosed, TooLate, TakeABreak
      . NobodyThere, NotTheirs
      . NotApproved, AlreadyApproved, PlanExpired, ConfirmationNeeded
      . StaleClaim, ClaimRequired, AppealWindowClosed, TooMany
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar


class CaseworkError(Exception):
    """The root. `code` is stable and public; the message never carries user content."""

    code: ClassVar[str] = "error"


class Transient(CaseworkError):
    """Worth retrying, after `retry_after` if the other side named a wait."""

    code = "try_again"

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Transient):
    """Not answering, or answering that it cannot at the moment."""

    code = "unavailable"


class NotConfirmed(Transient):
    """Carried out by its own word, and not there when read back."""

    code = "not_confirmed"


class Permanent(CaseworkError):
    """Retrying cannot help."""

    code = "permanent"


class Nonsense(Permanent):
    """An answer that did not parse, was out of range, or was not a number."""

    code = "nonsense"


class TurnedDown(Permanent):
    """The other side refuses this request and would refuse it again."""

    code = "turned_down"


class Irreversible(TurnedDown):
    """The platform has no way to undo this. A person has to make good for it, or accept it."""

    code = "irreversible"


class WrongTarget(TurnedDown):
    """What this id names is not what was judged: reused, or never the account's own."""

    code = "wrong_target"


class Gone(Permanent):
    """The item or account to act on no longer exists."""

    code = "gone"


class Undecidable(Permanent):
    """A condition that is not a plain yes or no for these facts. The case goes to a human."""

    code = "undecidable"


class PolicyMistake(Permanent):
    """A policy that must not be used, and where in its file to mend it (line and column from 1)."""

    code = "policy_mistake"

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}" if file else message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column


Told = int | str | datetime | tuple[str, ...]
"""What the words of a refusal name."""


class Refused(Permanent):
    """The caller may not have this. Nothing was changed.

    The words have a `%(name)s` for each thing that is told besides, so that a page can say them in
    another language: `Malformed("a note has 1 to %(most)s characters", most=4_000)`.
    """

    code = "refused"

    def __init__(self, words: str = "", **told: Told) -> None:
        super().__init__(words % _plain(told) if told else words)
        self.words = words
        self.told = told


class Malformed(Refused):
    code = "malformed"


class TooLarge(Refused):
    code = "too_large"


class FutureDated(Refused):
    code = "future_dated"


class UnknownHarm(Refused):
    code = "unknown_harm"


class UnknownAction(Malformed):
    """Another team's tool did something that no setting gives a meaning to."""

    code = "unknown_action"


class Unauthenticated(Refused):
    code = "unauthenticated"


class Forbidden(Refused):
    code = "forbidden"


class ConflictOfInterest(Forbidden):
    """Whoever asks is tied to the account this is about, or to one that reported it."""

    code = "conflict_of_interest"


class NotFound(Refused):
    code = "not_found"


class Conflict(Refused):
    code = "conflict"


class DetectionConflict(Conflict):
    """The same detection id with another body."""

    code = "detection_conflict"


class IdempotencyConflict(Conflict):
    """The same idempotency key with another body."""

    code = "idempotency_conflict"


class AlreadyDecided(Conflict):
    code = "already_decided"


class AlreadyAppealed(Conflict):
    code = "already_appealed"


class CaseClosed(Conflict):
    code = "case_closed"


class NotTheirs(Conflict):
    """The colleague named may not be given this: not there, out of scope, or tied to it."""

    code = "not_theirs"


class TooLate(Conflict):
    """What is to be taken back is being carried out by now, or is done."""

    code = "too_late"


class TakeABreak(Conflict):
    """Whoever asks for work has worked too long without a pause, or is on a break of their own."""

    code = "take_a_break"

    def __init__(
        self, words: str = "", *, retry_after: timedelta | None = None, **told: Told
    ) -> None:
        super().__init__(words, **told)
        self.retry_after = retry_after


class NobodyThere(Conflict):
    """Nobody at that desk may decide this."""

    code = "nobody_serves_this_desk"


class NotApproved(Conflict):
    """A recall moves nothing before two people have approved its plan."""

    code = "not_approved"


class AlreadyApproved(Conflict):
    """The second yes comes from somebody else."""

    code = "already_approved"


class PlanExpired(Conflict):
    """What the plan found may no longer be so."""

    code = "plan_expired"


class ConfirmationNeeded(Malformed):
    """The filter of a recall matches everything, and nobody has said that this is meant."""

    code = "confirm_everything"


class StaleClaim(Refused):
    """The claim shown is not, or no longer, the one that holds the review."""

    code = "stale_claim"


class ClaimRequired(Refused):
    """A decision needs the ETag of a claim, in If-Match."""

    code = "claim_required"


class AppealWindowClosed(Refused):
    code = "appeal_window_closed"


class TooMany(Refused):
    """A limit on the caller's rate or quota, with the wait in seconds."""

    code = "too_many"

    def __init__(self, words: str, *, retry_after: timedelta, **told: Told) -> None:
        super().__init__(words, **told)
        self.retry_after = retry_after


def _plain(told: Mapping[str, Told]) -> dict[str, str]:
    return {name: _said(value) for name, value in told.items()}


def _said(value: Told) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return " or ".join(value) if isinstance(value, tuple) else str(value)
