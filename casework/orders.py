"""What stories ask of steps, and what steps answer. Only references travel."""

from datetime import timedelta
from enum import StrEnum

from casework.base import Model, Moment, Slug
from casework.finding import Finding
from casework.policy_parts import Delivery, Desk
from casework.righting import ChangeDue
from casework.words import (
    ActionKind,
    ActionState,
    HearingKind,
    HoldKind,
    Outcome,
    Severity,
    Verdict,
)


class DetectionNews(Model):
    """Tells a case that a detection was stored for it."""

    detection_id: str


class SubmissionNews(Model):
    """Tells a hearing that a person's decision is stored. The content is read from storage."""

    submission_id: str
    review_id: str


class CaseStart(Model):
    case_id: str
    harm: Slug


class OpenCase(Model):
    """`run` is the workflow run's id: the same run opening twice opens once."""

    case_id: str
    harm: Slug
    run: str


class Standing(StrEnum):
    """What opening found. `nothing_new`: closed, and no detection that reopens it. `held`: a hold
    keeps it from beginning."""

    OPEN = "open"
    NOTHING_NEW = "nothing_new"
    PAUSED = "paused"
    HELD = "held"


class Brief(Model):
    """What a story must know to be told."""

    case_id: str
    harm: Slug
    round: int
    standing: Standing
    severity: Severity
    policy_version: int
    checks: tuple[Slug, ...]
    desks: tuple[Desk, ...]
    delay: tuple[timedelta, timedelta]
    undo_within: timedelta = timedelta()
    delivery: Delivery = Delivery()
    item_type: str
    console_url: str
    runbook_url: str
    decided: Verdict | None = None
    """What was ruled already, when there is nothing new."""
    held: HoldKind | None = None
    """What kind of hold keeps it from beginning."""


class Screen(Model):
    case_id: str
    harm: Slug
    checks: tuple[Slug, ...]


class RunCheck(Model):
    case_id: str
    harm: Slug
    check: Slug


class Screened(Model):
    """The findings that came within the fast lane; `unanswered` are still to be asked patiently."""

    findings: tuple[Finding, ...]
    unanswered: tuple[Slug, ...]


class RuleOn(Model):
    case_id: str
    round: int
    policy_version: int
    findings: tuple[Finding, ...]
    at: Moment


class ActionDue(Model):
    action_id: str
    kind: ActionKind
    lasts: timedelta | None = None


class Ticket(Model):
    """A review as a story sees it."""

    review_id: str
    desk: Slug
    due_at: Moment
    within: timedelta | None = None
    """How long it lies there in all, for a desk that the policy does not go through."""


class Decided(Model):
    """A ruling that is on record, and what is owed because of it.

    `verdict` is `review` when people are asked; then `ticket` is set and `actions` are interim.
    """

    decision_id: str
    verdict: Verdict
    reason: str
    actions: tuple[ActionDue, ...] = ()
    takes_back: tuple[str, ...] = ()
    changes: tuple[ChangeDue, ...] = ()
    notice_id: str | None = None
    ticket: Ticket | None = None
    outcome: Outcome | None = None
    """How the case ends, where nobody ruled on it: it was merged into a ban."""


class HandOver(Model):
    case_id: str
    review_id: str
    desk: Desk
    at: Moment


class AcceptSubmission(Model):
    submission_id: str
    review_id: str
    case_id: str
    at: Moment


class Answer(Model):
    """What became of a submitted decision. `final` is None until a second person agrees. `goes_up`:
    they disagreed, and somebody further up is asked."""

    final: Decided | None = None
    goes_up: bool = False


class LookAtReview(Model):
    """Whether a review that a story waits for was settled without its being told."""

    review_id: str


class DecideByDefault(Model):
    case_id: str
    review_id: str
    round: int
    policy_version: int
    at: Moment


class CarryOut(Model):
    action_id: str


class TakeBack(Model):
    """Undo an action; `ends` says why: `lapsed` or `reverted`. One that lapses and whose end was
    moved beyond `at` is left in force."""

    action_id: str
    ends: ActionState
    at: Moment | None = None


class ActionReport(Model):
    """How an attempt ended, as read back from the platform."""

    action_id: str
    state: ActionState
    parked_by: HoldKind | None = None
    ends_at: Moment | None = None
    lasts: timedelta | None = None
    held_for: timedelta = timedelta()
    """How long a temporary effect lasts by now, to when its end was moved, if it was, and how long
    it has been in force."""


class Conclude(Model):
    """Deliver the notice if there is one, then close the case's round."""

    case_id: str
    round: int
    outcome: Outcome
    notice_id: str | None = None


class Closing(Model):
    """`left_over`: detections arrived too late for this round and still have to be considered."""

    left_over: bool = False
    outcome: Outcome | None = None
    """How it really ended: nothing came of its decision, or a recall said so before the story."""


class Blocked(Model):
    """Writes down what a case waits for; `on` is empty when it goes on."""

    case_id: str
    on: str


class AppealStart(Model):
    appeal_id: str
    decision_id: str
    case_id: str
    harm: Slug


class AppealBrief(Model):
    case_id: str
    harm: Slug
    severity: Severity
    ticket: Ticket
    desks: tuple[Desk, ...]
    hearing: HearingKind = HearingKind.APPEAL
    console_url: str
    runbook_url: str
    delivery: Delivery = Delivery()
    settled: Decided | None = None
    """The appeal's decision, when there already is one."""


class OpenAppeal(AppealStart):
    at: Moment


class ConcludeAppeal(Model):
    """Tell the appellant, then close the appeal."""

    appeal_id: str
    notice_id: str


class ActionStart(Model):
    """An action that must wait. `waits`: how long before the first attempt."""

    case_id: str
    harm: Slug
    severity: Severity
    action: ActionDue
    waits: timedelta = timedelta()
    stands: bool = False
    """Whether it is confirmed already and only has to lapse."""
    is_taken_back: bool = False
    """Whether all that is left is to undo it."""
    delivery: Delivery = Delivery()


class EscalationStart(Model):
    case_id: str
    harm: Slug
    severity: Severity
    reason: str


class ActionSettled(Model):
    action_id: str


class Acknowledgement(Model):
    by: str


class StartFacts(Model):
    """What is said about a case at its start, for priority, fairness and on-call's searches."""

    severity: Severity
    detector: str
    jurisdiction: str | None = None


class VerdictAnswer(Model):
    """The ruling as soon as there is one; `review` when a person has to be asked."""

    verdict: Verdict
