"""The outbox by time: for operators who read it, and to forget what is old.

Revision: 0007
After: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("outbox_by_time", "outbox", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("outbox_by_time", "outbox")
