"""Tenants: every row says whose it is, and Postgres itself keeps them apart.

Services of the version before go on meanwhile. A new column with a constant default rewrites
nothing, an index is built beside the one that it replaces, and whatever needs the lock of a table
waits for it only briefly and tries again, so that nobody queues up behind it.

Revision: 0010
After: 0009
"""

from alembic import op
from turnstream_store.database.data_role import POLICY, in_one_statement, protection
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "threads",
    "items",
    "deleted_items",
    "deleted_threads",
    "turns",
    "journal",
    "tool_calls",
    "paused_runs",
    "attachments",
    "files",
    "feedback",
    "facts",
    "outbox",
)
ACTIVE = "status IN ('queued', 'running')"
REPLACED = (
    # table, old index, new index, columns after the tenant, condition
    ("threads", "threads_of_owner", "threads_of_tenant", "owner, created_at, id", None),
    ("facts", "facts_of_owner", "facts_of_tenant", "owner, created_at, id", None),
    ("outbox", "outbox_of_owner", "outbox_of_tenant", "owner, created_at, id", None),
    ("files", "files_of_owner", "files_of_tenant", "owner", None),
    ("turns", "active_turns_of_owner", "active_turns_of_tenant", "owner", ACTIVE),
)
KEYS = "one_turn_per_idempotency_key"
OLD_KEYS, NEW_KEYS = "owner, idempotency_key", "tenant, owner, idempotency_key"
WITH_KEY = "idempotency_key IS NOT NULL"
STOOD = "deleted_threads_pkey"
OLD_STOOD, NEW_STOOD = "owner, id", "tenant, owner, id"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table in TABLES:
            column = "tenant text NOT NULL DEFAULT 'default'"
            added = f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column};"
            with_brief_lock(in_one_statement(added + protection(table)))
        for table, old, new, columns, condition in REPLACED:
            add_index(table, new, f"tenant, {columns}", condition)
            drop_index(table, old)
        _replace_keys(NEW_KEYS)
        _replace_places(NEW_STOOD)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _replace_places(OLD_STOOD)
        _replace_keys(OLD_KEYS)
        for table, old, new, columns, condition in REPLACED:
            add_index(table, old, columns, condition)
            drop_index(table, new)
        for table in TABLES:
            off = f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
            dropped = f"DROP POLICY {POLICY} ON {table}; ALTER TABLE {table} DROP COLUMN tenant;"
            with_brief_lock(in_one_statement(off + dropped))


def _replace_keys(columns: str) -> None:
    add_index("turns", f"{KEYS}_next", columns, WITH_KEY, unique=True)
    drop_index("turns", KEYS)
    with_brief_lock(f"ALTER INDEX {KEYS}_next RENAME TO {KEYS}")


def _replace_places(columns: str) -> None:
    """Where deleted threads stood is known by another key. The constraint renames its index."""
    add_index("deleted_threads", f"{STOOD}_next", columns, unique=True)
    with_brief_lock(
        in_one_statement(
            f"ALTER TABLE deleted_threads DROP CONSTRAINT {STOOD},"
            f" ADD CONSTRAINT {STOOD} PRIMARY KEY USING INDEX {STOOD}_next;"
        )
    )
