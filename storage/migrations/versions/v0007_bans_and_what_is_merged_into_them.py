"""Which bans were taken back, and what was merged into them, is looked for every few seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MERGED = "merged_into IS NOT NULL"
_TAKEN_BACK = "kind = 'ban_account' AND withdrawn_at IS NOT NULL"


def upgrade() -> None:
    for name, table, column, which in (
        ("ix_cases_merged_into", "cases", "merged_into", _MERGED),
        ("ix_actions_bans_taken_back", "actions", "decision_id", _TAKEN_BACK),
    ):
        where = sa.text(which)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_actions_bans_taken_back", "actions")
    op.drop_index("ix_cases_merged_into", "cases")
