"""What people order about an action: its end moved, cancelled, written off."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action_orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("before", Utc()),
        sa.Column("ends_at", Utc()),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_action_orders"),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.action_id"], name="fk_action_orders_action_id_actions"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name="fk_action_orders_case_id_cases"
        ),
    )
    op.create_index("ix_action_orders_action_id_at", "action_orders", ["action_id", "at"])
    op.create_index("ix_actions_ends_at", "actions", ["ends_at"])


def downgrade() -> None:
    op.drop_index("ix_actions_ends_at", "actions")
    op.drop_table("action_orders")
