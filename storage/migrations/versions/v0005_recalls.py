"""Recalls with their items and approvals, and what planning one looks for.

The table of recalls that was there had no rows anywhere: nothing wrote to it.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("recalls")
    _recalls()
    _approvals()
    _items()
    op.add_column("detections", sa.Column("recalled_at", Utc()))
    op.drop_index("ix_detections_detector", "detections")
    op.create_index(
        "ix_detections_detector_detector_version_received_at",
        "detections",
        ["detector", "detector_version", "received_at"],
    )
    op.create_index(
        "ix_decisions_policy_policy_version_at", "decisions", ["policy", "policy_version", "at"]
    )


def _recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("matches_everything", sa.Boolean(), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("harms", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("planned_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("started_at", Utc()),
        sa.Column("paused_at", Utc()),
        sa.Column("finished_at", Utc()),
        sa.Column("report", sa.Text()),
        sa.PrimaryKeyConstraint("recall_id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_planned_at", "recalls", ["planned_at"])


def _approvals() -> None:
    op.create_table(
        "recall_approvals",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("recall_id", "person", name="pk_recall_approvals"),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.recall_id"], name="fk_recall_approvals_recall_id_recalls"
        ),
    )


def _items() -> None:
    op.create_table(
        "recall_items",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("borderline", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owed", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("notices_withdrawn", sa.Integer(), nullable=False),
        sa.Column("requeued", sa.Boolean(), nullable=False),
        sa.Column("while_open", sa.Boolean(), nullable=False),
        sa.Column("begun_at", Utc()),
        sa.Column("done_at", Utc()),
        sa.PrimaryKeyConstraint("recall_id", "position", name="pk_recall_items"),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.recall_id"], name="fk_recall_items_recall_id_recalls"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name="fk_recall_items_case_id_cases"
        ),
    )
    op.create_index("ix_recall_items_recall_id_state", "recall_items", ["recall_id", "state"])
    op.create_index("ix_recall_items_decision_id", "recall_items", ["decision_id"])


def downgrade() -> None:
    op.drop_index("ix_decisions_policy_policy_version_at", "decisions")
    op.drop_index("ix_detections_detector_detector_version_received_at", "detections")
    op.create_index("ix_detections_detector", "detections", ["detector"])
    op.drop_column("detections", "recalled_at")
    for table in ("recall_items", "recall_approvals", "recalls"):
        op.drop_table(table)
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
