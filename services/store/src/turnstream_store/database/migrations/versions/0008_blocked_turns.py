"""Where an app's code blocks the worker of a turn; and failed turns by time, for operators.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("blocked", sa.Text))
    failed = sa.text("status = 'failed'")
    op.create_index("failed_turns", "turns", ["ended_at"], postgresql_where=failed)


def downgrade() -> None:
    op.drop_index("failed_turns", "turns")
    op.drop_column("turns", "blocked")
