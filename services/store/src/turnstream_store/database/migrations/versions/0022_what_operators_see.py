"""A turn tells of its attempts, and workers say that they are there.

Revision: 0022
After: 0020
"""

from alembic import op
from turnstream_store.database.data_role import DATA_ROLE, in_one_statement, protection
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

WORKERS = """
    CREATE TABLE IF NOT EXISTS workers (
        instance varchar PRIMARY KEY,
        slots integer NOT NULL,
        running integer NOT NULL,
        draining boolean NOT NULL DEFAULT false,
        version varchar NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
    )
"""
GRANT = f"""
    IF to_regrole('{DATA_ROLE}') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO {DATA_ROLE};
    END IF;
"""


def upgrade() -> None:
    op.execute(WORKERS)
    # No tenant has rows here: they are for what acts for everybody.
    op.execute(in_one_statement(protection("workers", "instance") + GRANT))
    with op.get_context().autocommit_block():
        with_brief_lock(
            "ALTER TABLE turns ADD COLUMN IF NOT EXISTS attempts jsonb NOT NULL DEFAULT '[]'"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock("ALTER TABLE turns DROP COLUMN IF EXISTS attempts")
    op.execute("DROP TABLE IF EXISTS workers")
