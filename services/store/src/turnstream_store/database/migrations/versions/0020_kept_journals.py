"""The journal of an ended turn may be kept for a while.

Revision: 0020
After: 0019
"""

from alembic import op
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEX = "kept_journals"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE turns ADD COLUMN IF NOT EXISTS journal_until timestamptz")
        add_index("turns", INDEX, "journal_until", "journal_until IS NOT NULL")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop_index("turns", INDEX)
        with_brief_lock("ALTER TABLE turns DROP COLUMN IF EXISTS journal_until")
