"""A recall: taking back, on two people's word, everything that a bad version did on its own.

A plan is a list of items in a fixed order, each one round of one case. What is approved is exactly
what is carried out; what a person has ruled on since is left as it is.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from casework.base import Model, Moment, Name, Slug
from casework.policy import Policy
from casework.records import Decision, ReviewRecord
from casework.righting import ChangeDue
from casework.words import ActionKind, ActionState, Severity

APPROVALS_NEEDED = 2
RECALLED = "recalled"
"""Why a case is put before people again, and why an open one was dismissed."""
BY_NAME = "recall"
"""What stands where the stories of cases name their harm."""


class RecallState(StrEnum):
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


class ItemState(StrEnum):
    """`pending → undoing → telling → done`; `needs_human` is done but for what was refused.

    `skipped`: a person has ruled since the plan was made, or it was taken back already.
    """

    PENDING = "pending"
    UNDOING = "undoing"
    TELLING = "telling"
    DONE = "done"
    NEEDS_HUMAN = "needs_human"
    SKIPPED = "skipped"

    @property
    def is_over(self) -> bool:
        return self in {ItemState.DONE, ItemState.NEEDS_HUMAN, ItemState.SKIPPED}


class LeftOutWhy(StrEnum):
    DECIDED_BY_A_PERSON = "decided_by_a_person"
    UPHELD_ON_APPEAL = "upheld_on_appeal"
    TAKEN_BACK_ALREADY = "taken_back_already"
    OPEN_AND_CLAIMED_BY_OTHERS = "open_and_claimed_by_others"
    OPEN_AND_FOR_PEOPLE = "open_and_for_people"
    """Where no detector is blamed, what is not ruled on yet may be right."""
    NOT_BEGUN = "not_begun"


class RecallFilter(Model):
    """What the bad version did: all that is named must fit.

    `since` (inclusive) and `until` (exclusive) bound the decision's moment, and for a case that is
    not decided yet the moment at which the detection was received.
    """

    detector: Name | None = None
    detector_version: Name | None = None
    policy: Slug | None = None
    """The harm whose policy it was."""
    policy_version: Annotated[int, Field(ge=1, strict=True)] | None = None
    since: Moment | None = None
    until: Moment | None = None

    @model_validator(mode="after")
    def _names_what_it_bounds(self) -> Self:
        if self.detector_version is not None and self.detector is None:
            raise ValueError("a detector version needs its detector")
        if self.policy_version is not None and self.policy is None:
            raise ValueError("a policy version needs its policy")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("`since` is before `until`")
        return self

    @property
    def is_empty(self) -> bool:
        return self == RecallFilter()


class Request(Model):
    """A recall to be planned. `pace` is in cases a minute; `sample` how many cases are shown."""

    filter: RecallFilter
    pace: int
    sample: int
    everything: bool
    """Whether the planner has confirmed that the filter may match everything."""
    valid_for: timedelta


class ActionCount(Model):
    kind: ActionKind
    state: ActionState
    harm: Slug
    count: int


class LeftOut(Model):
    why: LeftOutWhy
    count: int


class RecallCounts(Model):
    """What a plan concerns. `statements`: those delivered, each of which will be corrected."""

    cases: int = 0
    open_cases: int = 0
    borderline: int = 0
    accounts: int = 0
    statements: int = 0
    undelivered: int = 0
    strikes: int = 0
    actions: tuple[ActionCount, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Approval(Model):
    by: Name
    at: Moment


class Progress(Model):
    """How many items are in which state, now."""

    items: int
    done: int
    needs_human: int
    skipped: int
    under_way: int
    pending: int

    @property
    def over(self) -> int:
        return self.done + self.needs_human + self.skipped


class NotUndone(Model):
    """An item that people have to finish."""

    case_id: str
    note: str


class RecallReport(Model):
    """What a recall did. `pace_held` is in cases a minute, without pauses and outages."""

    recall_id: str
    filter: RecallFilter
    planned_by: Name
    approved_by: tuple[Name, ...]
    started_at: Moment
    finished_at: Moment
    items: int
    undone: int
    """Actions taken back and seen gone."""
    cancelled: int
    """Actions that had not been attempted yet."""
    kept_for_others: int
    """Effects that another decision still wants."""
    strikes_withdrawn: int
    notices_sent: int
    notices_withdrawn: int
    requeued: int
    dismissed_while_open: int
    skipped: int
    left_out: tuple[LeftOut, ...]
    not_undone: tuple[NotUndone, ...]
    pace_asked: int
    pace_held: float | None


class RecallView(Model):
    """A recall as everybody concerned sees it. `takes` is an estimate at the given pace."""

    recall_id: str
    state: RecallState
    filter: RecallFilter
    matches_everything: bool
    pace: int
    takes: timedelta
    digest: str
    counts: RecallCounts
    sample: tuple[str, ...]
    planned_by: Name
    planned_at: Moment
    expires_at: Moment
    expired: bool
    approvals: tuple[Approval, ...]
    started_at: Moment | None = None
    finished_at: Moment | None = None
    harms: tuple[Slug, ...] = ()
    progress: Progress
    report: RecallReport | None = None


class RecallItem(Model):
    """One round of one case. `decision_id` is that of its first hearing, made yet or not."""

    recall_id: str
    position: int
    case_id: str
    round: int
    decision_id: str
    borderline: bool
    state: ItemState
    tries: int
    owed: tuple[str, ...] = ()
    """The actions that are to be taken back at the platform."""
    changes: tuple[ChangeDue, ...] = ()
    """What a withdrawn strike changes of the account's other decisions."""
    notice_id: str | None = None
    note: str = ""


class ItemStanding(Model):
    """How an item's case stands now.

    `first` is None while nobody has ruled. `review_id` is that of the open first hearing,
    `appeal_review_id` that of an appeal that is not answered. `skip` says why nothing is to be
    done.
    """

    first: Decision | None = None
    review_id: str | None = None
    appeal_review_id: str | None = None
    told: bool = False
    """Whether a statement of reasons has reached the account, over one channel at least."""
    waiting: tuple[str, ...] = ()
    """The stories that wait for something of this case."""
    skip: str = ""


class Pacing(Model):
    """An absolute schedule: the item number `done + n` is due at `origin + n / pace`."""

    origin: datetime
    done: int = 0


class RecallStart(Model):
    recall_id: str
    pace: int
    severity: Severity = Severity.HIGH
    detector: str = ""
    console_url: str = ""
    runbook_url: str = ""
    pacing: Pacing | None = None
    blocked_on: str = ""
    blocked_since: Moment | None = None
    """Where the schedule stands and what is waited for, when the story goes on in a new run."""


class RecallBatch(Model):
    """Ask for the next stretch of a recall. `pacing` is None after a pause."""

    recall_id: str
    pace: int
    pacing: Pacing | None = None


class RecallStretch(Model):
    """How a stretch went. `blocked_on` names what did not answer; nothing is lost by that."""

    state: RecallState
    over: int
    items: int
    needs_human: int
    pacing: Pacing
    blocked_on: str = ""


class RecallEnd(Model):
    recall_id: str


class Requeue(Model):
    """A new round of a case, before its policy's first desk."""

    review: ReviewRecord
    policy: Policy
