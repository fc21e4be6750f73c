"""What a hold parks, why it was lifted, and who spoke first of a case.

The first detector stands beside the case, so that holds, breakers and canaries ask for it in one
indexed look. Cases from before get theirs from their first detection; how a policy ruled on them
is not known, and they count for neither a share nor a canary.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ON_HOLDS = {"lifted_why": sa.Text, "case_id": sa.Text, "paged_at": Utc}
_ON_CASES = {
    "detector": sa.Text,
    "detector_version": sa.Text,
    "ruled_as": sa.Text,
    "ruled_at": Utc,
}
_INDEXES = (
    ("ix_cases_detector_detector_version_ruled_at", "cases",
     ["detector", "detector_version", "ruled_at"]),
    ("ix_cases_harm_ruled_at", "cases", ["harm", "ruled_at"]),
    ("ix_actions_detector_automated_first_at", "actions", ["detector", "automated", "first_at"]),
    ("ix_actions_harm_automated_first_at", "actions", ["harm", "automated", "first_at"]),
)  # fmt: skip
_PARTIAL = (
    ("ix_cases_blocked", "cases", ["blocked_on"], "blocked_on <> ''"),
    ("ix_actions_parked_at", "actions", ["parked_at"], "parked_at IS NOT NULL"),
)
_SAID_FIRST = """
UPDATE cases SET {column} = (
    SELECT d.{column} FROM detections d WHERE d.case_id = cases.case_id
    ORDER BY d.received_at, d.detection_id LIMIT 1)
"""


def upgrade() -> None:
    for name, kind in _ON_HOLDS.items():
        op.add_column("holds", sa.Column(name, kind()))
    automated_only = sa.Column(
        "automated_only", sa.Boolean, nullable=False, server_default=sa.false()
    )
    op.add_column("holds", automated_only)
    for name, kind in _ON_CASES.items():
        op.add_column("cases", sa.Column(name, kind()))
    op.add_column("actions", sa.Column("parked_at", Utc()))
    for column in ("detector", "detector_version"):
        op.execute(_SAID_FIRST.format(column=column))
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    for name, table, columns, where in _PARTIAL:
        _create_partial(name, table, columns, where)
    _create_partial(
        "ix_holds_standing", "holds", ["kind", "target", "automated_only"], "lifted_at IS NULL",
        unique=True,
    )  # fmt: skip


def _create_partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    op.drop_index("ix_holds_standing", "holds")
    for name, table, _, _ in _PARTIAL:
        op.drop_index(name, table)
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_column("actions", "parked_at")
    for name in _ON_CASES:
        op.drop_column("cases", name)
    for name in (*_ON_HOLDS, "automated_only"):
        op.drop_column("holds", name)
