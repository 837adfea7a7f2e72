"""New threads and messages remember how many there were before them.

Beside services of the version before: what these write remembers nothing, and has the next row
count anew.

Revision: 0025
After: 0024
"""

from alembic import op
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = (("threads", "threads_before"), ("items", "items_before"))


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in COLUMNS:
            with_brief_lock(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} integer")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in COLUMNS:
            with_brief_lock(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {column}")
