"""The field's words as closed sets. Their values are stored, sent and shown: never rename one."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad the harm is when it is real. Decides who is served first, never what is ruled."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """1 for critical to 4 for low; smaller is served first (also Temporal's priority key)."""
        return list(Severity).index(self) + 1


class Channel(StrEnum):
    """How a claim reached us, the most authoritative first."""

    LEGAL_ORDER = "legal_order"
    TRUSTED_FLAGGER = "trusted_flagger"
    CLASSIFIER = "classifier"
    USER_REPORT = "user_report"


class Stage(StrEnum):
    CHECKING = "checking"
    REVIEW = "review"
    ENFORCING = "enforcing"
    CLOSED = "closed"


class Outcome(StrEnum):
    ENFORCED = "enforced"
    DISMISSED = "dismissed"
    MERGED = "merged"


class Verdict(StrEnum):
    """What a ruling says. The last two answer an appeal; `review` asks for a human."""

    ENFORCE = "enforce"
    DISMISS = "dismiss"
    REVIEW = "review"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class HearingKind(StrEnum):
    """Which question a review or a decision answers."""

    FIRST = "first"
    APPEAL = "appeal"
    UNDO = "undo"
    """Whoever decided took it back, before anything was done."""
    QUALITY = "quality"
    """A decision looked at again, blind, to learn how well people agree. Changes no case."""
    RECALL = "recall"
    """Taken back with everything else that a bad detector or policy version did."""

    @property
    def as_shown(self) -> "HearingKind":
        """How whoever decides it sees it: a second look must not be known as one."""
        return HearingKind.FIRST if self is HearingKind.QUALITY else self


class RereviewKind(StrEnum):
    """Why a decided case is put before somebody again."""

    SAMPLE = "sample"
    GOLDEN = "golden"
    """A lead has said what the right answer is."""


class Confidence(StrEnum):
    """How sure whoever decided is, in their own word."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


class SubmissionState(StrEnum):
    """What became of a decision that was handed in."""

    PENDING = "pending"
    FIRST = "first"
    """Kept as one of several people's."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class SkipReason(StrEnum):
    """Why whoever holds a review leaves it to others."""

    NOT_MY_LANGUAGE = "not_my_language"
    TOO_DISTURBING = "too_disturbing"
    KNOW_THE_PERSON = "know_the_person"
    UNCLEAR = "unclear"
    TECHNICAL = "technical"


class ActionKind(StrEnum):
    REMOVE_ITEM = "remove_item"
    HIDE_ITEM = "hide_item"
    LABEL_ITEM = "label_item"
    AGE_RESTRICT_ITEM = "age_restrict_item"
    RESTORE_ITEM = "restore_item"
    WARN_ACCOUNT = "warn_account"
    LIMIT_REACH = "limit_reach"
    TIMEOUT_ACCOUNT = "timeout_account"
    KICK_ACCOUNT = "kick_account"
    SUSPEND_ACCOUNT = "suspend_account"
    BAN_ACCOUNT = "ban_account"
    OFFER_HELP = "offer_help"

    @property
    def acts_on_account(self) -> bool:
        return self in _ON_ACCOUNTS

    @property
    def is_gentle(self) -> bool:
        """Whether it may happen by default, because taking it back leaves nothing behind."""
        return self in _GENTLE


_ON_ACCOUNTS = frozenset(
    {
        ActionKind.WARN_ACCOUNT,
        ActionKind.TIMEOUT_ACCOUNT,
        ActionKind.KICK_ACCOUNT,
        ActionKind.SUSPEND_ACCOUNT,
        ActionKind.BAN_ACCOUNT,
        ActionKind.LIMIT_REACH,
        ActionKind.OFFER_HELP,
    }
)
_GENTLE = frozenset(
    {
        ActionKind.HIDE_ITEM,
        ActionKind.LABEL_ITEM,
        ActionKind.AGE_RESTRICT_ITEM,
        ActionKind.LIMIT_REACH,
        ActionKind.OFFER_HELP,
    }
)


class ActionState(StrEnum):
    """`planned → attempted → confirmed → lapsed | reverted`; the others are visible side tracks.

    `merged`: a sibling case's action already has this effect on this target.
    `cancelled`: taken back before it was ever attempted.
    `released`: no longer wanted by its decision, and still in force for a sibling case's.
    `parked`: a hold keeps it from being carried out; it goes on when the hold is lifted.
    `needs_human`: the platform refuses it, or its undo; somebody is called.
    `written_off`: a person has accepted, with a reason, that it cannot be done or undone.
    """

    PLANNED = "planned"
    ATTEMPTED = "attempted"
    CONFIRMED = "confirmed"
    MERGED = "merged"
    LAPSED = "lapsed"
    REVERTED = "reverted"
    CANCELLED = "cancelled"
    RELEASED = "released"
    PARKED = "parked"
    NEEDS_HUMAN = "needs_human"
    WRITTEN_OFF = "written_off"

    @property
    def in_force(self) -> bool:
        return self in {ActionState.CONFIRMED, ActionState.MERGED}

    @property
    def is_over(self) -> bool:
        return not (self.in_force or self.is_open)

    @property
    def is_open(self) -> bool:
        return self in {
            ActionState.PLANNED,
            ActionState.ATTEMPTED,
            ActionState.PARKED,
            ActionState.NEEDS_HUMAN,
        }


class PlatformState(StrEnum):
    """What the platform says of an action when read back."""

    APPLIED = "applied"
    REVERTED = "reverted"
    ABSENT = "absent"


class NoticeKind(StrEnum):
    STATEMENT = "statement"
    CORRECTION = "correction"
    APPEAL_UPHELD = "appeal_upheld"
    HELP = "help"
    CHANGE = "change"
    """What was told before now lasts longer or shorter, or is over."""


class Mode(StrEnum):
    """`shadow` rules and records without touching anything; `paused` parks its cases."""

    LIVE = "live"
    SHADOW = "shadow"
    PAUSED = "paused"


class Reopen(StrEnum):
    """What a new detection on a closed case does."""

    WHEN_DISMISSED = "when_dismissed"
    NEVER = "never"


class WhenBanned(StrEnum):
    """What becomes of a case that waits for people when its account is banned for good."""

    MERGE = "merge"
    GO_ON = "go_on"


class HoldKind(StrEnum):
    """What a hold parks: a detector's cases, a harm's, one kind of action, or everything."""

    DETECTOR = "detector"
    POLICY = "policy"
    ACTION = "action"
    EVERYTHING = "everything"


class Role(StrEnum):
    DETECTOR = "detector"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ONCALL = "oncall"
    POLICY = "policy"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def holds_reviews(self) -> bool:
        """An admin does not: whoever hands out tokens does not also decide."""
        return self in {Role.REVIEWER, Role.LEAD}
