"""Every table, as it is now; storage/migrations says how it came to be so."""

from storage.tables.columns import Utc, metadata
from storage.tables.of_cases import case_keys, cases, detections, findings, steps
from storage.tables.of_decisions import action_orders, actions, appeals, decisions, notices, strikes
from storage.tables.of_desks import (
    breaks,
    handoffs,
    moves,
    presence,
    profiles,
    relations,
    skips,
)
from storage.tables.of_media import likeness_bands, snapshots
from storage.tables.of_quality import golden, rereviews
from storage.tables.of_recalls import recall_approvals, recall_items, recalls
from storage.tables.of_reviews import claims, exclusions, notes, reviews
from storage.tables.of_sign_in import logins, sessions
from storage.tables.of_the_house import (
    audit,
    holds,
    idempotency,
    obligations,
    policies,
    reviewers,
)

__all__ = [
    "Utc",
    "action_orders",
    "actions",
    "appeals",
    "audit",
    "breaks",
    "case_keys",
    "cases",
    "claims",
    "decisions",
    "detections",
    "exclusions",
    "findings",
    "golden",
    "handoffs",
    "holds",
    "idempotency",
    "likeness_bands",
    "logins",
    "metadata",
    "moves",
    "notes",
    "notices",
    "obligations",
    "policies",
    "presence",
    "profiles",
    "recall_approvals",
    "recall_items",
    "recalls",
    "relations",
    "rereviews",
    "reviewers",
    "reviews",
    "sessions",
    "skips",
    "snapshots",
    "steps",
    "strikes",
]
