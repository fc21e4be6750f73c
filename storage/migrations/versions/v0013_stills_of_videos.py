"""What of a video is shown: how many stills, how many could not be read, and how long it is."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBERS = ("stills", "stills_missed", "seconds")


def upgrade() -> None:
    for name in _NUMBERS:
        op.add_column("snapshots", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in _NUMBERS:
        op.drop_column("snapshots", name)
