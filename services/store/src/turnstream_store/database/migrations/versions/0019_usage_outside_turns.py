"""Models are also called outside turns, and what such a call sets aside lasts for a time of its own.

Revision: 0019
After: 0018
"""

from alembic import op
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE reservations ADD COLUMN IF NOT EXISTS lasts_until timestamptz")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE reservations DROP COLUMN IF EXISTS lasts_until")
