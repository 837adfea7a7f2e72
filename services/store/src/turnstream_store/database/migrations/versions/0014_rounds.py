"""Turns know their place in the queue: rounds of tenants and users, and what is held back.

Stores of the version before write turns without rounds: these are claimed first, in the order of
their acceptance, and hold nobody up for longer than the deployment takes.

Revision: 0014
After: 0013
"""

# ruff: noqa: S608 - the statements are put together from constants and the name of the schema

from alembic import op
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = (
    ("session_id", "text"),
    ("held_back", "boolean NOT NULL DEFAULT false"),
    ("tenant_round", "double precision NOT NULL DEFAULT 0"),
    ("user_round", "double precision NOT NULL DEFAULT 0"),
    ("tenant_share", "double precision NOT NULL DEFAULT 1"),
    ("max_running", "integer NOT NULL DEFAULT 16"),
)
IN_LINE = "status IN ('queued', 'running') AND NOT held_back AND cancel IS NULL"
INDEXES = (
    ("turns_in_line", "status, tenant_round, user_round, position", IN_LINE),
    (
        "turns_in_line_of_users",
        "tenant, status, user_round, tenant_round, position",
        IN_LINE,
    ),
    ("rounds_of_tenant", "tenant, tenant_round", IN_LINE),
    ("turns_held_back", "tenant, owner, position", "status = 'queued' AND held_back"),
    (
        "turns_to_close",
        "id",
        "status = 'queued' AND (cancel IS NOT NULL OR failures > 0)",
    ),
    ("disconnected_turns", "disconnected_until", "disconnected_until IS NOT NULL"),
)

CLOCK = f"""
    CREATE OR REPLACE FUNCTION tenant_clock() RETURNS double precision
    LANGUAGE plpgsql STABLE SECURITY DEFINER AS $clock$
    BEGIN
        RETURN coalesce(greatest(
            (SELECT tenant_round FROM {{schema}}.turns WHERE {IN_LINE} AND status = 'running'
             ORDER BY tenant_round DESC LIMIT 1),
            (SELECT tenant_round - 1 / tenant_share FROM {{schema}}.turns
             WHERE {IN_LINE} AND status = 'queued' ORDER BY tenant_round LIMIT 1)
        ), 0);
    END
    $clock$
"""
"""The round in which tenants are served. It sees the turns of all tenants and tells one number, so
that an acceptance can ask for it that reaches the rows of one tenant."""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {name} {kind}" for name, kind in COLUMNS)
        with_brief_lock(f"ALTER TABLE turns {added}")
        for name, columns, condition in INDEXES:
            add_index("turns", name, columns, condition)
        schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
        op.execute(CLOCK.format(schema=schema))


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP FUNCTION IF EXISTS tenant_clock()")
        for name, _, _ in INDEXES:
            drop_index("turns", name)
        dropped = ", ".join(f"DROP COLUMN {name}" for name, _ in COLUMNS)
        with_brief_lock(f"ALTER TABLE turns {dropped}")
