"""A line of the audit trail, before it has its place in the chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What can be said in the trail. Their values are stored and shown: never rename one."""

    DETECTION_RECEIVED = "detection_received"
    DETECTION_JOINED = "detection_joined"
    CASE_OPENED = "case_opened"
    CASE_REOPENED = "case_reopened"
    CHECK_ANSWERED = "check_answered"
    RULED = "ruled"
    REVIEW_OPENED = "review_opened"
    HANDED_OVER = "handed_over"
    CLAIMED = "claimed"
    EXTENDED = "extended"
    RELEASED = "released"
    NOTED = "noted"
    SUBMITTED = "submitted"
    FIRST_OF_TWO = "first_of_two"
    DECIDED = "decided"
    SUBMISSION_REFUSED = "submission_refused"
    SUBMISSION_WITHDRAWN = "submission_withdrawn"
    ESCALATION_REQUESTED = "escalation_requested"
    SENT_ON = "sent_on"
    ACTION_PLANNED = "action_planned"
    ACTION_MERGED = "action_merged"
    ACTION_ATTEMPTED = "action_attempted"
    ACTION_CONFIRMED = "action_confirmed"
    ACTION_REVERTED = "action_reverted"
    ACTION_RELEASED = "action_released"
    ACTION_LAPSED = "action_lapsed"
    ACTION_PARKED = "action_parked"
    ACTION_NEEDS_HUMAN = "action_needs_human"
    ACTION_CANCELLED = "action_cancelled"
    ACTION_SHORTENED = "action_shortened"
    ACTION_KEPT = "action_kept"
    ACTION_WITHDRAWN = "action_withdrawn"
    ORDER_GIVEN = "order_given"
    ACTION_RESCHEDULED = "action_rescheduled"
    ACTION_WRITTEN_OFF = "action_written_off"
    UNDO_REQUESTED = "undo_requested"
    UNDO_REFUSED = "undo_refused"
    NOTICE_REWRITTEN = "notice_rewritten"
    NOTICE_WITHDRAWN = "notice_withdrawn"
    NOTICE_RENDERED = "notice_rendered"
    NOTICE_DELIVERED = "notice_delivered"
    STRIKE_ADDED = "strike_added"
    STRIKE_WITHDRAWN = "strike_withdrawn"
    APPEAL_FILED = "appeal_filed"
    APPEAL_OPENED = "appeal_opened"
    APPEAL_CLOSED = "appeal_closed"
    CASE_MERGED = "case_merged"
    CASE_SEPARATED = "case_separated"
    CASE_CLOSED = "case_closed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    PAGED = "paged"
    PAGE_RESOLVED = "page_resolved"
    EVIDENCE_VIEWED = "evidence_viewed"
    EVIDENCE_ERASED = "evidence_erased"
    STAFF_ADDED = "staff_added"
    STAFF_REVOKED = "staff_revoked"
    PASSWORD_SET = "password_set"
    IDENTITY_BOUND = "identity_bound"
    SIGNED_IN = "signed_in"
    POLICY_LOADED = "policy_loaded"
    HOLD_SET = "hold_set"
    HOLD_LIFTED = "hold_lifted"
    RECALL_PLANNED = "recall_planned"
    RECALL_APPROVED = "recall_approved"
    RECALL_STARTED = "recall_started"
    RECALL_PAUSED = "recall_paused"
    RECALL_RESUMED = "recall_resumed"
    RECALL_FINISHED = "recall_finished"
    RECALLED = "recalled"
    RECALL_SKIPPED = "recall_skipped"
    REREVIEWED = "rereviewed"
    REREVIEW_LAPSED = "rereview_lapsed"
    BREAK_BEGAN = "break_began"
    BREAK_ENDED = "break_ended"


@dataclass(frozen=True)
class AuditLine:
    """Who did what. `facts` are flat and carry no user content; `case_id` is empty without one."""

    case_id: str
    at: datetime
    actor: str
    event: str
    facts: Mapping[str, str]
