"""What is written down about a case, and what is planned because of it."""

from datetime import datetime, timedelta

from pydantic import Field

from casework.base import Model, Moment, Name, Reference, Slug
from casework.detection import AccountRef, DetectorRef, ItemRef
from casework.durations import Period
from casework.errors import Conflict
from casework.facts import Claims
from casework.finding import Finding
from casework.identity import appeal_workflow, case_workflow, decision_id
from casework.ruling import Measure, Ruling
from casework.words import (
    ActionKind,
    ActionState,
    Confidence,
    HearingKind,
    HoldKind,
    NoticeKind,
    Role,
    Severity,
    SubmissionState,
    Verdict,
)

POLICY = "policy"
"""Who decided, when a policy's rule did."""

NOBODY = "nobody"
"""Who decided, when no person did in time and the policy's default was taken."""


class Person(Model):
    """Somebody who may act here, and the harms and queues in scope (* = all)."""

    id: Name
    role: Role
    harms: frozenset[str] = frozenset({"*"})
    queues: frozenset[str] = frozenset({"*"})

    def may_work_on(self, *, harm: str, queue: str) -> bool:
        return self.covers(harm) and self.serves(queue)

    def covers(self, harm: str) -> bool:
        return bool({"*", harm} & self.harms)

    def serves(self, queue: str) -> bool:
        return bool({"*", queue} & self.queues)


class CaseFile(Model):
    """What the steps of a case need to know of it, read fresh each time."""

    case_id: str
    harm: Slug
    round: int
    policy_version: int
    item: ItemRef
    account: AccountRef
    detector: DetectorRef
    claims: Claims
    strikes: int
    """The account's active weight, without this case's own."""
    warned: bool = False
    """Whether a decision whose strike counts was told to the account, or carried out a warning."""


class Evidence(Model):
    """What is to be judged, decrypted. Never leaves the process that asked for it."""

    item: ItemRef
    text: str = ""


class Decision(Model):
    """An accountable ruling. Append-only; a later one may override it.

    `by` is a person's id, or `policy`, or `nobody`.
    """

    decision_id: str
    case_id: str
    round: int
    hearing: HearingKind
    by: Name
    automated: bool
    ruling: Ruling
    policy: Slug
    policy_version: int
    grounds: str = ""
    """The reference of the rule broken, as the statement of reasons names it."""
    reason: str = Field(default="", max_length=4_000)
    """The reviewer's own words: for colleagues, stored encrypted, never sent."""
    at: Moment
    overrides: str | None = None
    confidence: Confidence | None = None
    """How sure whoever decided was, if they said so."""


class PlannedAction(Model):
    """An effect on the platform, owed because of a decision or, as interim, of a review."""

    action_id: str
    decision_id: str
    case_id: str
    kind: ActionKind
    item: ItemRef
    account: AccountRef
    lasts: timedelta | None = None
    interim: bool = False
    automated: bool = False
    """Whether no person decided it."""
    detector: DetectorRef | None = None
    """Who spoke first of the case."""
    rung: int | None = None
    """The ladder's rung that asked for it."""
    own: bool = True
    own_lasts: timedelta | None = None
    """Whether the ruling itself, without the ladder, asked for this kind too, and for how long."""

    @property
    def target(self) -> str:
        """`account:<id>` or `<item type>:<id>`: what is acted on, for sibling cases to compare."""
        if self.kind.acts_on_account:
            return f"account:{self.account.id}"
        return f"{self.item.type}:{self.item.id}"


class ActionRecord(PlannedAction):
    """A planned action and how far it has come.

    `platform_ref` is the action id under which the effect stands at the platform: its own, or the
    one of the sibling case's action it was merged into.
    """

    state: ActionState
    attempts: int = 0
    first_at: datetime | None = None
    confirmed_at: datetime | None = None
    ends_at: datetime | None = None
    """When a temporary effect is to be lifted, once it is confirmed."""
    is_withdrawn: bool = False
    """Whether its decision, or the ladder, no longer wants it."""
    was_moved: bool = False
    """Whether somebody moved that end."""
    platform_ref: str
    harm: Slug
    policy_version: int
    reason: str = ""
    """For the platform's own log: the grounds' reference. No user content."""
    parked_by: HoldKind | None = None
    """What kind of hold it is parked by."""


class Strike(Model):
    decision_id: str
    account_id: Reference
    weight: int
    expires_at: Moment


class Statement(Model):
    """A notice as it will be sent: the statement of reasons, a correction, an appeal's outcome.

    `appeal_within` is None where there is nothing to appeal against.
    """

    notice_id: str
    decision_id: str
    case_id: str
    kind: NoticeKind
    account: AccountRef
    subject: str
    body: str
    """Plain text, with the appeal link already in it."""
    appeal_within: Period | None = None


class ReviewRecord(Model):
    """A case waiting for a person."""

    review_id: str
    case_id: str
    round: int
    hearing: HearingKind
    harm: Slug
    severity: Severity
    desk: Slug
    due_at: Moment
    """When this desk's time is over."""
    why: str
    """The ruling's reason: why a machine did not decide."""
    skill: Slug | None = None
    """What somebody has to be able to do to be served it."""
    excluded: tuple[Name, ...] = ()
    """Who must not decide it: whoever made the decision under appeal, or a first of two."""

    @property
    def asked_by(self) -> str:
        """The workflow that waits for the answer. Raises Conflict where none does."""
        if self.hearing is HearingKind.QUALITY:
            raise Conflict("no story waits for a second look")
        if self.hearing is HearingKind.FIRST:
            return case_workflow(self.harm, self.case_id)
        return appeal_workflow(decision_id(self.case_id, self.round, HearingKind.FIRST))


class Submission(Model):
    """A person's answer to a review, as the gateway stored it with the claim it was made under."""

    submission_id: str
    review_id: str
    case_id: str
    by: Person
    queue: Slug
    """Where it was claimed."""
    verdict: Verdict
    measures: tuple[Measure, ...] = ()
    reason: str = ""
    confidence: Confidence | None = None
    grounds: Slug | None = None
    """Which of the policy's grounds it rests on; None: on its own rule."""
    wants_second: bool = False
    """Whether its author asks for a second opinion, whatever the policy says."""
    state: SubmissionState = SubmissionState.PENDING
    has_conflict: bool = False
    """Whether its author is tied to the account or to a report, as declared by now."""
    at: Moment


class Settled(Model):
    """A decision and everything that follows from it, to be written in one commit."""

    decision: Decision
    actions: tuple[PlannedAction, ...] = ()
    statement: Statement | None = None
    strike: Strike | None = None
    findings: tuple[Finding, ...] = ()
    closes_review: str | None = None
    withdraws: str | None = None
    """The decision whose strikes and actions are taken back by this one."""
    counted: int | None = None
    """The account's weight before this decision, where a rung of the ladder was stepped on."""
