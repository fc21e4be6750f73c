"""Every table, as it is now; storage/migrations says how it came to be so.

Moments are UTC. Columns named `sealed` or `sealed_*` are encrypted with the case's key. Columns
that hold lists or models are JSON text, so that both databases keep exactly the same bytes.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC moment: timestamptz in PostgreSQL, sortable ISO 8601 text in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(32) if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def _name(column: str) -> Column[str]:
    return Column(column, Text, nullable=False)


def _case() -> Column[str]:
    return Column("case_id", Text, ForeignKey("cases.case_id"), nullable=False)


def _moment(column: str) -> Column[datetime]:
    return Column(column, Utc, nullable=False)


def _perhaps(column: str) -> Column[datetime]:
    return Column(column, Utc)


def _number(column: str) -> Column[int]:
    return Column(column, Integer, nullable=False)


# -- intake and cases ------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    _name("harm"),
    _name("item_type"),
    _name("item_id"),
    _name("account_id"),
    Column("jurisdiction", Text),
    Column("severity", Text),
    _name("stage"),
    Column("outcome", Text),
    _number("round"),
    Column("policy_version", Integer),
    _name("blocked_on"),
    Column("queue", Text),
    _perhaps("deadline"),
    _number("detections"),
    _moment("opened_at"),
    _moment("round_opened_at"),
    _perhaps("started_at"),
    _perhaps("closed_at"),
    Index(None, "opened_at", "case_id"),
    Index(None, "account_id"),
    Index("ix_cases_open", "stage", sqlite_where=text("closed_at IS NULL"),
          postgresql_where=text("closed_at IS NULL")),
)  # fmt: skip

detections = Table(
    "detections",
    metadata,
    Column("detection_id", Text, primary_key=True),
    _case(),
    Column("digest", LargeBinary, nullable=False),
    _name("by"),
    _name("detector"),
    _name("detector_version"),
    Column("score", Float),
    _name("channel"),
    Column("reporter", Text),
    _moment("observed_at"),
    _moment("received_at"),
    _perhaps("acknowledged_at"),
    Column("round", Integer),
    Column("has_text", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "case_id", "received_at"),
    Index("ix_detections_unacknowledged", "received_at",
          sqlite_where=text("acknowledged_at IS NULL"),
          postgresql_where=text("acknowledged_at IS NULL")),
    Index(None, "detector"),
)  # fmt: skip

case_keys = Table(
    "case_keys",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    _name("master"),
    Column("wrapped", LargeBinary),
    _moment("made_at"),
    _perhaps("erased_at"),
)

steps = Table(
    "steps",
    metadata,
    _name("case_id"),
    _name("step"),
    _moment("at"),
    _name("result"),
    PrimaryKeyConstraint("case_id", "step"),
)

findings = Table(
    "findings",
    metadata,
    _case(),
    _number("round"),
    _name("check_name"),
    Column("score", Float),
    _name("labels"),
    _name("model"),
    Column("failure", Text),
    _moment("at"),
    PrimaryKeyConstraint("case_id", "round", "check_name"),
)

# -- reviews ---------------------------------------------------------------------------------------

reviews = Table(
    "reviews",
    metadata,
    Column("review_id", Text, primary_key=True),
    _case(),
    _number("round"),
    _name("hearing"),
    _name("harm"),
    _name("severity"),
    _number("severity_rank"),
    _name("desk"),
    _moment("due_at"),
    _name("why"),
    _name("state"),
    _moment("opened_at"),
    _perhaps("closed_at"),
    _perhaps("held_until"),
    Column("decided", Text),
    Index("ix_reviews_waiting", "desk", "severity_rank", "due_at",
          sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    Index(None, "case_id"),
)  # fmt: skip

exclusions = Table(
    "exclusions",
    metadata,
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    _name("person"),
    PrimaryKeyConstraint("review_id", "person"),
)

claims = Table(
    "claims",
    metadata,
    Column("claim_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    _name("queue"),
    _name("person"),
    _name("etag"),
    _moment("at"),
    _moment("expires_at"),
    _perhaps("ended_at"),
    Column("ended", Text),
    Column("submission_id", Text, unique=True),
    Column("submission_state", Text),
    _perhaps("submitted_at"),
    Column("by_person", Text),
    Column("verdict", Text),
    Column("measures", Text),
    Column("sealed_reason", LargeBinary),
    Index("uq_claims_live", "review_id", unique=True,
          sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    Index(None, "review_id"),
    Index("ix_claims_live_person", "person", sqlite_where=text("ended_at IS NULL"),
          postgresql_where=text("ended_at IS NULL")),
    Index("ix_claims_pending", "submitted_at", sqlite_where=text("submission_state = 'pending'"),
          postgresql_where=text("submission_state = 'pending'")),
)  # fmt: skip

notes = Table(
    "notes",
    metadata,
    Column("note_id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.review_id"), nullable=False),
    _name("case_id"),
    _name("by"),
    _moment("at"),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "review_id"),
)

# -- decisions and what follows from them ----------------------------------------------------------

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    _case(),
    _number("round"),
    _name("hearing"),
    _name("by"),
    Column("automated", Boolean, nullable=False),
    _name("verdict"),
    _name("measures"),
    _name("because"),
    _name("policy"),
    _number("policy_version"),
    _name("grounds"),
    Column("sealed_reason", LargeBinary),
    _moment("at"),
    Column("overrides", Text),
    Index(None, "case_id", "round"),
)

actions = Table(
    "actions",
    metadata,
    Column("action_id", Text, primary_key=True),
    _name("decision_id"),
    _case(),
    _number("round"),
    _name("kind"),
    _name("target"),
    _name("item_type"),
    _name("item_id"),
    _name("account_id"),
    Column("jurisdiction", Text),
    Column("lasts_s", Float),
    Column("interim", Boolean, nullable=False),
    _name("state"),
    _number("attempts"),
    _name("platform_ref"),
    _name("harm"),
    _number("policy_version"),
    _name("reason"),
    _name("note"),
    _moment("planned_at"),
    _perhaps("first_at"),
    _perhaps("confirmed_at"),
    _perhaps("ended_at"),
    _perhaps("withdrawn_at"),
    Index(None, "case_id", "round"),
    Index(None, "target", "kind"),
    Index(None, "decision_id"),
    Index(None, "platform_ref"),
)

strikes = Table(
    "strikes",
    metadata,
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), primary_key=True),
    _case(),
    _name("account_id"),
    _number("weight"),
    _moment("at"),
    _moment("expires_at"),
    _perhaps("withdrawn_at"),
    Index(None, "account_id"),
)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False),
    _case(),
    _number("round"),
    _name("kind"),
    _name("account_id"),
    Column("jurisdiction", Text),
    Column("sealed_subject", LargeBinary, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("appeal_within", Text),
    _name("channels"),
    _moment("rendered_at"),
    _perhaps("delivered_at"),
    Index(None, "case_id", "round"),
    Index(None, "decision_id"),
)

appeals = Table(
    "appeals",
    metadata,
    Column("appeal_id", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False, unique=True),
    _case(),
    _name("harm"),
    Column("notice_id", Text, ForeignKey("notices.notice_id"), nullable=False),
    _name("by_channel"),
    Column("sealed", LargeBinary, nullable=False),
    _moment("filed_at"),
    Column("review_id", Text, ForeignKey("reviews.review_id")),
    _perhaps("opened_at"),
    _perhaps("closed_at"),
    Column("outcome", Text),
)

# -- duties, holds, recalls ------------------------------------------------------------------------

obligations = Table(
    "obligations",
    metadata,
    Column("obligation_id", Text, primary_key=True),
    _case(),
    _name("kind"),
    _name("state"),
    _moment("due_at"),
    _moment("opened_at"),
    _perhaps("met_at"),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Text, primary_key=True),
    _name("kind"),
    _name("target"),
    _name("by"),
    _name("why"),
    _moment("set_at"),
    _perhaps("lifted_at"),
    Index(None, "kind", "target"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("recall_id", Text, primary_key=True),
    _name("kind"),
    _name("target"),
    _name("state"),
    _name("by"),
    _moment("planned_at"),
    _perhaps("finished_at"),
)

# -- people, policies, housekeeping ----------------------------------------------------------------

reviewers = Table(
    "reviewers",
    metadata,
    Column("reviewer_id", Text, primary_key=True),
    _name("role"),
    _name("harms"),
    _name("queues"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    _moment("added_at"),
    _perhaps("revoked_at"),
)

policies = Table(
    "policies",
    metadata,
    _name("harm"),
    _number("version"),
    _name("text"),
    _moment("put_at"),
    PrimaryKeyConstraint("harm", "version"),
)

idempotency = Table(
    "idempotency",
    metadata,
    _name("caller"),
    _name("key"),
    Column("digest", LargeBinary, nullable=False),
    _moment("at"),
    Column("status", Integer),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("caller", "key"),
    Index(None, "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _name("case_id"),
    _moment("at"),
    _name("actor"),
    _name("event"),
    _name("facts"),
    _name("digest"),
    _name("mac"),
    Index(None, "case_id", "seq"),
)
