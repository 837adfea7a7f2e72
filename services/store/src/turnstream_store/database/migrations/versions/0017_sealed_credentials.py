"""The headers that a turn's worker needs are sealed, and gone when the turn ends.

Those of earlier turns stay in `context` until `RETENTION` deletes the turn: what would be sealed now
was written in the open before, to the row, to the log of changes and to backups.

Revision: 0017
After: 0015
"""

from alembic import op
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE turns ADD COLUMN IF NOT EXISTS credentials text")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE turns DROP COLUMN IF EXISTS credentials")
