"""A session has so many turns running, and a claim counts those of its user exactly.

Stores of the version before claim without counting: a burst may have a few turns more running, as
before.

Revision: 0018
After: 0017
"""

from alembic import op
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES = (
    ("running_turns_of_user", "tenant, owner", "status = 'running'"),
    (
        "turns_in_line_of_session",
        "session_id",
        "status IN ('queued', 'running') AND NOT held_back AND session_id IS NOT NULL",
    ),
)
NAMED = "of_tenant text, of_owner text, of_session text, most integer, most_of_session integer"
HAS_PLACE = """
    CREATE OR REPLACE FUNCTION has_place({named}) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $place$
    DECLARE
        running bigint;
        of_it bigint;
    BEGIN
        PERFORM pg_advisory_xact_lock(
            hashtextextended('claim' || E'\\x1f' || of_tenant || E'\\x1f' || of_owner, 0)
        );
        SELECT count(*), count(*) FILTER (WHERE session_id = of_session) INTO running, of_it
        FROM {schema}.turns
        WHERE tenant = of_tenant AND owner = of_owner AND status = 'running';
        RETURN running < most AND (of_session IS NULL OR of_it < most_of_session);
    END
    $place$
"""
"""Whether a user, and their session, may have one more turn running. Claims for one user come one
after another from here on, until they are committed. Each statement of a volatile function sees
what is committed when that statement begins: so the count has what the claim before it did."""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with_brief_lock(
            "ALTER TABLE turns ADD COLUMN IF NOT EXISTS "
            "max_running_of_session integer NOT NULL DEFAULT 8"
        )
        for name, columns, condition in INDEXES:
            add_index("turns", name, columns, condition)
        schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
        op.execute(HAS_PLACE.format(schema=schema, named=NAMED))


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP FUNCTION IF EXISTS has_place({NAMED})")
        for name, _, _ in INDEXES:
            drop_index("turns", name)
        with_brief_lock("ALTER TABLE turns DROP COLUMN IF EXISTS max_running_of_session")
