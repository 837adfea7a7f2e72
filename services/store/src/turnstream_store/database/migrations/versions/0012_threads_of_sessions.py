"""Threads know the session that began them, and a tenant's server lists those of all its users.

Revision: 0012
After: 0011
"""

from alembic import op
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "threads_of_all_users"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE threads ADD COLUMN IF NOT EXISTS session_id text")
        add_index("threads", INDEX, "tenant, created_at, id")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop_index("threads", INDEX)
        with_brief_lock("ALTER TABLE threads DROP COLUMN session_id")
