"""What an action was for, until when it holds, and what holds or merges a case.

Actions from before have none of the new columns: their end is `confirmed_at` and `lasts_s`, and
what was said of them in the audit trail stays true.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ON_ACTIONS = {
    "automated": sa.Boolean,
    "detector": sa.Text,
    "detector_version": sa.Text,
    "ends_at": Utc,
    "rung": sa.Integer,
    "own": sa.Boolean,
    "own_lasts_s": sa.Float,
}
_INDEXES = (
    ("ix_actions_detector_first_at", "actions", ["detector", "first_at"]),
    ("ix_actions_harm_first_at", "actions", ["harm", "first_at"]),
    ("ix_actions_account_id", "actions", ["account_id"]),
)


def upgrade() -> None:
    for name, kind in _ON_ACTIONS.items():
        op.add_column("actions", sa.Column(name, kind()))
    op.add_column("notices", sa.Column("withdrawn_at", Utc()))
    op.add_column("cases", sa.Column("merged_into", sa.Text()))
    op.add_column("holds", sa.Column("lifted_by", sa.Text()))
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_column("holds", "lifted_by")
    op.drop_column("cases", "merged_into")
    op.drop_column("notices", "withdrawn_at")
    for name in _ON_ACTIONS:
        op.drop_column("actions", name)
