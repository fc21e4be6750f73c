"""The bodies that /v1 takes and gives, where they are not the domain's own models."""

from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, Field, WithJsonSchema

from casework.base import Model, Moment, Slug
from casework.care import Reached
from casework.detection import AccountRef
from casework.finding import Finding
from casework.grounds import Grounds
from casework.likeness import Like
from casework.queueing import Reason
from casework.records import Decision
from casework.ruling import Measure
from casework.snapshots import Picture
from casework.words import ActionKind, Confidence, HearingKind, Severity, Verdict
from gateway.problems import Problem
from storage.reads import AccountHistory, LaterItem, NoteView, NoticeView, QueueWork, TimelineEntry

_KINDS = [kind.value for kind in ActionKind]
_SPAN = {
    "type": "string",
    "description": "An ISO 8601 duration, or `permanent`.",
    "examples": ["P7D", "permanent"],
}
Action = Annotated[
    Measure,
    WithJsonSchema(
        {
            "title": "Action",
            "description": "As policies write it: `remove_item` or `{suspend_account: P7D}`.",
            "anyOf": [
                {"type": "string", "enum": _KINDS},
                {
                    "type": "object",
                    "propertyNames": {"enum": _KINDS},
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": _SPAN,
                },
            ],
        }
    ),
]
_SPELLINGS = {"uphold": Verdict.UPHELD, "overturn": Verdict.OVERTURNED}


Words = Annotated[str, Field(min_length=1, max_length=4_000)]
ONCALL = "oncall"


class DetectionStatus(StrEnum):
    """`accepted` without a wait. With one: the ruling so far, or `pending`."""

    ACCEPTED = "accepted"
    ENFORCED = "enforced"
    DISMISSED = "dismissed"
    REVIEW = "review"
    PENDING = "pending"


class DetectionAnswer(Model):
    case_id: str
    detection_id: str
    status: DetectionStatus
    ruling: Verdict | None = None


class BatchLine(Model):
    """The answer to one line of a batch, in the order of the lines, which count from 1."""

    line: int
    status: str
    """As in a detection's answer, or `refused`, or `stored` when its case is not started yet."""
    case_id: str | None = None
    detection_id: str | None = None
    problem: Problem | None = None


class Ruled(StrEnum):
    """What a person may rule. An appeal is answered with the last four; two of them are others'
    spellings of the same."""

    ENFORCE = "enforce"
    DISMISS = "dismiss"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    UPHOLD = "uphold"
    OVERTURN = "overturn"

    @property
    def verdict(self) -> Verdict:
        return _SPELLINGS.get(self.value) or Verdict(self.value)


class DecisionBody(Model):
    """`actions` left out of an `enforce`: the usual ones of the policy the case began with.
    `grounds`: the id of one of that policy's, left out for its own rule."""

    ruling: Ruled
    actions: tuple[Action, ...] | None = None
    reason: Words
    confidence: Confidence | None = None
    grounds: Slug | None = None
    second_opinion: bool = False
    """Somebody else is asked, blind to this answer, before it counts."""


class DecisionStatus(StrEnum):
    """`submitted`: stored, and counted as soon as the case answers again. `gone_up`: it differs
    from what the first person said, and somebody further up decides."""

    FINAL = "final"
    SECOND_PERSON_NEEDED = "second_person_needed"
    GONE_UP = "gone_up"
    SUBMITTED = "submitted"


class DecisionAnswer(Model):
    """Until `undo_until` it can be taken back, and nothing is done before."""

    decision_id: str | None
    status: DecisionStatus
    undo_until: Moment | None = None


class NoteBody(Model):
    text: Words


class EscalationBody(Model):
    """`reason` is kept as a note for colleagues; on-call is told only that they are asked. `to`:
    `oncall`, or the desk that is to decide: one of the policy's, or `legal`."""

    reason: Words
    to: Slug = ONCALL


class EscalationAnswer(Model):
    case_id: str
    reason: Slug
    to: Slug = ONCALL


class ReassignBody(Model):
    """`reason` is kept as a note for colleagues."""

    desk: Slug
    reason: Words


class ClaimTerm(Model):
    expires_at: Moment


class ReviewItem(Model):
    """The evidence. Null without a claim, and once it is erased."""

    type: str
    id: str
    text: str | None
    url: str | None
    media: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    """How our snapshots of `media` stand, in the same order."""


class ReviewPolicy(Model):
    version: int
    grounds: Grounds
    usual_actions: tuple[Action, ...]


class GivenAnswer(Model):
    """What one of several people has answered, for whoever is asked because they differ."""

    by: str
    at: Moment
    ruling: Verdict
    actions: tuple[Action, ...]
    grounds: Slug | None
    confidence: Confidence | None
    reason: str


class ReviewAnswer(Model):
    """A review, with the evidence and colleagues' words if the caller holds the claim."""

    review_id: str
    case_id: str
    hearing: HearingKind
    desk: Slug
    harm: Slug
    severity: Severity
    open: bool
    why: str
    due_at: Moment
    why_now: tuple[Reason, ...]
    """Why this one was served when it was claimed. Empty without a claim."""
    claim: ClaimTerm | None
    item: ReviewItem
    account: AccountRef
    account_history: AccountHistory
    detections: int
    reporters: int
    findings: tuple[Finding, ...]
    policy: ReviewPolicy
    decisions: tuple[Decision, ...]
    notes: tuple[NoteView, ...]
    appeal_words: str | None
    near_duplicates: tuple[Like, ...] = ()
    """Other cases about nearly the same, of harms in the caller's scope; under a claim."""
    answers: tuple[GivenAnswer, ...] = ()
    """Empty until they differ: a second person is asked blind to the first one's."""
    evidence_at: Moment | None = None
    """For an appeal: when it was decided. The item and its numbers are those of then."""
    later_item: LaterItem | None = None
    """How it looked afterwards, if differently."""


class AppealBody(Model):
    """`token` is the last part of the link in the notice, `reason` at most 5,000 characters."""

    token: Annotated[str, Field(min_length=1)]
    reason: Annotated[
        str,
        Field(min_length=1, validation_alias=AliasChoices("reason", "words", "text")),
    ]


class Timeline(Model):
    items: tuple[TimelineEntry, ...]
    next: None = None


class Queues(Model):
    """`limits_reached` keep what waits there from you, each until `again_at`; nothing at all is
    served to you before `rests_until`."""

    items: tuple[QueueWork, ...]
    limits_reached: tuple[Reached, ...] = ()
    rests_until: Moment | None = None
    next: None = None


class Notices(Model):
    items: tuple[NoticeView, ...]
    next: None = None


class Requested(Model):
    """What was asked for is under way."""

    status: str = "requested"


class Health(Model):
    status: str
    database: str | None = None
    temporal: str | None = None
