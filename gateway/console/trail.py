"""The words of the audit trail, as readers of a page know them."""

from enum import StrEnum

from casework import recalls, words
from gateway.console.texts import marked
from storage.audit_line import Event

KINDS: tuple[type[StrEnum], ...] = (
    *(
        kind
        for kind in vars(words).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
    ),
    recalls.RecallState,
    Event,
)
"""Names of our own that are stored, and shown as words."""

NOT_PEOPLE = (
    marked("account"),
    marked("groups"),
    marked("nobody"),
    marked("policy"),
)
"""Who did something, where it was no person and no part of ours with a name."""

OWN_WORDS = frozenset(each.value for kind in KINDS for each in kind) | frozenset(NOT_PEOPLE)

FACTS = {
    "action_id": marked("action"),
    "answer": marked("answer"),
    "appeal_id": marked("appeal"),
    "at": marked("at"),
    "attempts": marked("attempts"),
    "because": marked("because of"),
    "changed": marked("changed"),
    "channel": marked("channel"),
    "channels": marked("channels"),
    "check": marked("check"),
    "chosen": marked("chosen for"),
    "claim_id": marked("claim"),
    "decision_id": marked("decision"),
    "desk": marked("desk"),
    "detection_id": marked("detection"),
    "detector": marked("detector"),
    "ends_at": marked("ends at"),
    "event": marked("event"),
    "from": marked("from"),
    "golden_id": marked("golden case"),
    "handoff_id": marked("hand-out"),
    "harm": marked("harm"),
    "hearing": marked("hearing"),
    "hold_id": marked("hold"),
    "items": marked("items"),
    "kind": marked("kind"),
    "lasts_s": marked("lasts, in seconds"),
    "merged_into": marked("merged into"),
    "message": marked("message"),
    "model": marked("model"),
    "names_another_account": marked("names another account"),
    "not_undone": marked("not undone"),
    "note": marked("note"),
    "notice_id": marked("notice"),
    "on": marked("on"),
    "order": marked("order"),
    "order_id": marked("order id"),
    "outcome": marked("outcome"),
    "person": marked("person"),
    "place": marked("place"),
    "policy": marked("policy"),
    "policy_version": marked("policy version"),
    "queue": marked("queue"),
    "reason": marked("reason"),
    "recall_id": marked("recall"),
    "review_id": marked("review"),
    "role": marked("role"),
    "round": marked("round"),
    "snapshot_id": marked("snapshot"),
    "somebody": marked("somebody there"),
    "state": marked("state"),
    "submission_id": marked("answer handed in"),
    "target": marked("target"),
    "their_id": marked("their id"),
    "to": marked("to"),
    "undone": marked("undone"),
    "until": marked("until"),
    "verdict": marked("verdict"),
    "version": marked("version"),
    "way": marked("way"),
    "weight": marked("weight"),
    "why": marked("why"),
    "withdrawn_at": marked("withdrawn at"),
}
"""What each fact of a line is called. A new one gets its name here; a test finds it."""

PROOFS = frozenset({"row", "digest"})
"""Facts that prove something to a verifier and say nothing to a reader."""
