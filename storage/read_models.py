"""What lookups answer."""

from casework.base import Model, Moment, Slug
from casework.detection import AccountRef, ItemRef
from casework.finding import Finding
from casework.holds import Parked
from casework.records import Decision, Submission
from casework.words import (
    ActionState,
    HearingKind,
    HoldKind,
    NoticeKind,
    Outcome,
    Severity,
    Stage,
)


class CaseView(Model):
    case_id: str
    detection_ids: tuple[str, ...]
    harm: Slug
    severity: Severity | None
    """None until the case is opened."""
    stage: Stage
    outcome: Outcome | None
    blocked_on: str | None
    deadline: Moment | None
    opened_at: Moment
    closed_at: Moment | None
    policy_version: int | None
    item: ItemRef
    account: AccountRef
    queue: str | None


class CaseFilters(Model):
    """All that are given must fit. `harms` is the caller's scope; `*` in it means every harm."""

    harm: str | None = None
    stage: Stage | None = None
    queue: str | None = None
    account: str | None = None
    detector: str | None = None
    since: Moment | None = None
    harms: frozenset[str] = frozenset({"*"})


class CasePage(Model):
    items: tuple[CaseView, ...]
    next: str | None = None


class TimelineEntry(Model):
    seq: int
    at: Moment
    actor: str
    event: str
    facts: dict[str, str]


class AccountHistory(Model):
    """What is on record of the account, this case not counted."""

    cases: int
    enforced: int
    dismissed: int
    overturned: int
    strikes: int


class NoteView(Model):
    by: str
    at: Moment
    text: str


class LaterItem(Model):
    """How an item looked after the decision under appeal: edited since, or shown otherwise."""

    received_at: Moment
    text: str | None
    url: str | None
    media: tuple[str, ...]


class ReviewView(Model):
    """Everything a reviewer needs to decide. The texts are None once the evidence is erased."""

    review_id: str
    case_id: str
    hearing: HearingKind
    open: bool
    harm: Slug
    policy_version: int | None
    severity: Severity
    desk: Slug
    due_at: Moment
    why: str
    excluded: tuple[str, ...]
    item: ItemRef
    account: AccountRef
    text: str | None
    url: str | None
    media: tuple[str, ...]
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    history: AccountHistory
    notes: tuple[NoteView, ...]
    detections: int
    reporters: int
    appeal_words: str | None = None
    answers: tuple[Submission, ...] = ()
    """What several people have answered so far, where whoever decides may know it."""
    evidence_at: Moment | None = None
    """For an appeal: when it was decided. The item, its text and its numbers are those of then."""
    later_item: LaterItem | None = None


class QueueStat(Model):
    """`held` are those that somebody put aside for a while; `overdue` counts whoever has them.

    `unserved_now` are of the waiting those that are critical or soon due, and would be served to
    nobody: limits, breaks, exclusions and ties count as well.
    """

    queue: Slug
    waiting: int
    claimed: int
    held: int = 0
    overdue: int = 0
    unserved_now: int = 0
    oldest_at: Moment | None
    next_due_at: Moment | None


class Spread(Model):
    """How a number of times are spread; none where there were none."""

    count: int
    median_s: float | None = None
    p90_s: float | None = None


class QueueWork(QueueStat):
    """Times are of the last 24 hours: until the first claim, and from claim to decision."""

    unserved: int
    """How many of the waiting fit nobody here: language, jurisdiction, skill, harm."""
    wait: Spread
    work: Spread


class NoticeView(Model):
    notice_id: str
    decision_id: str
    kind: NoticeKind
    subject: str
    rendered_at: Moment
    delivered_at: Moment | None
    channels: tuple[str, ...]


class StandingHolds(Model):
    """How many of a kind; `automated_only` are those that a breaker set."""

    kind: HoldKind
    automated_only: bool
    number: int


class HoldCount(Model):
    holds: tuple[StandingHolds, ...]
    parked: Parked


class Counts(Model):
    detections: int
    cases: int
    stages: dict[Stage, int]
    outcomes: dict[Outcome, int]
    actions: dict[ActionState, int]
    notices: int
    delivered: int
    appeals: int
