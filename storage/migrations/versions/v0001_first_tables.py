"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cases()
    _detections()
    _case_keys()
    _steps()
    _findings()
    _reviews()
    _exclusions()
    _claims()
    _notes()
    _decisions()
    _actions()
    _strikes()
    _notices()
    _appeals()
    _obligations()
    _holds()
    _recalls()
    _reviewers()
    _policies()
    _idempotency()
    _audit()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("item_type", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text()),
        sa.Column("severity", sa.Text()),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer()),
        sa.Column("blocked_on", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text()),
        sa.Column("deadline", Utc()),
        sa.Column("detections", sa.Integer(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("round_opened_at", Utc(), nullable=False),
        sa.Column("started_at", Utc()),
        sa.Column("closed_at", Utc()),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_account_id", "cases", ["account_id"])
    op.create_index(
        "ix_cases_open",
        "cases",
        ["stage"],
        **_where("closed_at IS NULL"),
    )
    op.create_index("ix_cases_opened_at_case_id", "cases", ["opened_at", "case_id"])


def _detections() -> None:
    op.create_table(
        "detections",
        sa.Column("detection_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("detector_version", sa.Text(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text()),
        sa.Column("observed_at", Utc(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("acknowledged_at", Utc()),
        sa.Column("round", sa.Integer()),
        sa.Column("has_text", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_detections_case_id"),
        sa.PrimaryKeyConstraint("detection_id", name="pk_detections"),
    )
    op.create_index("ix_detections_case_id_received_at", "detections", ["case_id", "received_at"])
    op.create_index("ix_detections_detector", "detections", ["detector"])
    op.create_index(
        "ix_detections_unacknowledged",
        "detections",
        ["received_at"],
        **_where("acknowledged_at IS NULL"),
    )


def _case_keys() -> None:
    op.create_table(
        "case_keys",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("erased_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_keys_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_keys"),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "step", name="pk_steps"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_findings_case_id"),
        sa.PrimaryKeyConstraint("case_id", "round", "check_name", name="pk_findings"),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("hearing", sa.Text(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("closed_at", Utc()),
        sa.Column("held_until", Utc()),
        sa.Column("decided", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_reviews_case_id"),
        sa.PrimaryKeyConstraint("review_id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_case_id", "reviews", ["case_id"])
    op.create_index(
        "ix_reviews_waiting",
        "reviews",
        ["desk", "severity_rank", "due_at"],
        **_where("state = 'open'"),
    )


def _exclusions() -> None:
    op.create_table(
        "exclusions",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.review_id"], name="fk_exclusions_review_id"
        ),
        sa.PrimaryKeyConstraint("review_id", "person", name="pk_exclusions"),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        sa.Column("ended", sa.Text()),
        sa.Column("submission_id", sa.Text()),
        sa.Column("submission_state", sa.Text()),
        sa.Column("submitted_at", Utc()),
        sa.Column("by_person", sa.Text()),
        sa.Column("verdict", sa.Text()),
        sa.Column("measures", sa.Text()),
        sa.Column("sealed_reason", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.review_id"], name="fk_claims_review_id"),
        sa.PrimaryKeyConstraint("claim_id", name="pk_claims"),
        sa.UniqueConstraint("submission_id", name="uq_claims_submission_id"),
    )
    _claims_indexes()


def _claims_indexes() -> None:
    op.create_index(
        "ix_claims_live_person",
        "claims",
        ["person"],
        **_where("ended_at IS NULL"),
    )
    op.create_index(
        "ix_claims_pending",
        "claims",
        ["submitted_at"],
        **_where("submission_state = 'pending'"),
    )
    op.create_index("ix_claims_review_id", "claims", ["review_id"])
    op.create_index(
        "uq_claims_live",
        "claims",
        ["review_id"],
        unique=True,
        **_where("ended_at IS NULL"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.review_id"], name="fk_notes_review_id"),
        sa.PrimaryKeyConstraint("note_id", name="pk_notes"),
    )
    op.create_index("ix_notes_review_id", "notes", ["review_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("hearing", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("automated", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary()),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("overrides", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_decisions_case_id"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_case_id_round", "decisions", ["case_id", "round"])


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("item_type", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text()),
        sa.Column("lasts_s", sa.Float()),
        sa.Column("interim", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("platform_ref", sa.Text(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("planned_at", Utc(), nullable=False),
        sa.Column("first_at", Utc()),
        sa.Column("confirmed_at", Utc()),
        sa.Column("ended_at", Utc()),
        sa.Column("withdrawn_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_actions_case_id"),
        sa.PrimaryKeyConstraint("action_id", name="pk_actions"),
    )
    op.create_index("ix_actions_case_id_round", "actions", ["case_id", "round"])
    op.create_index("ix_actions_decision_id", "actions", ["decision_id"])
    op.create_index("ix_actions_platform_ref", "actions", ["platform_ref"])
    op.create_index("ix_actions_target_kind", "actions", ["target", "kind"])


def _strikes() -> None:
    op.create_table(
        "strikes",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("withdrawn_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_strikes_case_id"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.decision_id"], name="fk_strikes_decision_id"
        ),
        sa.PrimaryKeyConstraint("decision_id", name="pk_strikes"),
    )
    op.create_index("ix_strikes_account_id", "strikes", ["account_id"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text()),
        sa.Column("sealed_subject", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("appeal_within", sa.Text()),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("rendered_at", Utc(), nullable=False),
        sa.Column("delivered_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_notices_case_id"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.decision_id"], name="fk_notices_decision_id"
        ),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
    )
    op.create_index("ix_notices_case_id_round", "notices", ["case_id", "round"])
    op.create_index("ix_notices_decision_id", "notices", ["decision_id"])


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("appeal_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("by_channel", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("filed_at", Utc(), nullable=False),
        sa.Column("review_id", sa.Text()),
        sa.Column("opened_at", Utc()),
        sa.Column("closed_at", Utc()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_appeals_case_id"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.decision_id"], name="fk_appeals_decision_id"
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_appeals_notice_id"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.review_id"], name="fk_appeals_review_id"),
        sa.PrimaryKeyConstraint("appeal_id", name="pk_appeals"),
        sa.UniqueConstraint("decision_id", name="uq_appeals_decision_id"),
    )


def _obligations() -> None:
    op.create_table(
        "obligations",
        sa.Column("obligation_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("met_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_obligations_case_id"),
        sa.PrimaryKeyConstraint("obligation_id", name="pk_obligations"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_at", Utc(), nullable=False),
        sa.Column("lifted_at", Utc()),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_index("ix_holds_kind_target", "holds", ["kind", "target"])


def _recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("planned_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc()),
        sa.PrimaryKeyConstraint("recall_id", name="pk_recalls"),
    )


def _reviewers() -> None:
    op.create_table(
        "reviewers",
        sa.Column("reviewer_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("harms", sa.Text(), nullable=False),
        sa.Column("queues", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", Utc(), nullable=False),
        sa.Column("revoked_at", Utc()),
        sa.PrimaryKeyConstraint("reviewer_id", name="pk_reviewers"),
        sa.UniqueConstraint("token_hash", name="uq_reviewers_token_hash"),
    )


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("put_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("harm", "version", name="pk_policies"),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_case_id_seq", "audit", ["case_id", "seq"])


def _where(condition: str) -> dict[str, Any]:
    """A partial index, in both databases' words."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def downgrade() -> None:
    raise NotImplementedError("the first tables hold the audit trail: restore a backup instead")
