"""The turns of a thread by their order: the newest is looked up, and all go with their thread.

Revision: 0013
After: 0012
"""

from alembic import op
from turnstream_store.database.schema.live_changes import add_index, drop_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEX = "turns_of_thread"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        add_index("turns", INDEX, "thread_id, position")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop_index("turns", INDEX)
