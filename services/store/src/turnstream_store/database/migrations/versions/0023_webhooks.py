"""Webhooks: endpoints of tenants, and the outbox of what they are told.

Beside services of the version before: these end turns without a word to any endpoint. An endpoint
can be made by this version's stores alone.

Revision: 0023
After: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from turnstream_store.database.data_role import DATA_ROLE, in_one_statement, protection
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("webhooks", "webhook_deliveries")
TRIGGER = "not_while_erased"
GRANT = """
    IF to_regrole('{role}') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role};
    END IF;
"""


def upgrade() -> None:
    _add_endpoints()
    _add_deliveries()
    for table in TABLES:
        granted = GRANT.format(role=DATA_ROLE, table=table)
        op.execute(in_one_statement(protection(table) + granted))
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    with op.get_context().autocommit_block():
        with_brief_lock(
            f"CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT ON webhook_deliveries"
            f" FOR EACH ROW EXECUTE FUNCTION {schema}.{TRIGGER}()"
        )


def _add_endpoints() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        _tenant(),
        _text("url"),
        sa.Column("events", sa.ARRAY(sa.Text), nullable=False),
        _text("description"),
        _text("secret"),
        sa.Column("last_secret", sa.Text),
        _moment("last_secret_until"),
        _now("created_at"),
        _moment("disabled_at"),
        sa.Column("disabled_why", sa.Text),
        _moment("failing_since"),
        if_not_exists=True,
    )
    _index("webhooks_of_tenant", "webhooks", ["tenant", "created_at", "id"])


def _add_deliveries() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("webhook_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        _tenant(),
        _text("owner"),
        _text("event"),
        _text("turn_id"),
        _text("thread_id"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("required", JSONB),
        _now("occurred_at"),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _now("due_at"),
        _moment("ended_at"),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        if_not_exists=True,
    )
    under_way = "state IN ('waiting', 'sending')"
    _index("webhook_deliveries_due", table, ["webhook_id", "due_at"], under_way)
    _index("webhook_deliveries_sending", table, ["webhook_id"], "state = 'sending'")
    dead = ["tenant", "webhook_id", "ended_at"]
    _index("webhook_dead_letters", table, dead, "state = 'dead'")
    _index("webhook_deliveries_ended", table, ["ended_at"], "ended_at IS NOT NULL")
    _index("webhook_deliveries_of_user", table, ["tenant", "owner"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _index(name: str, table: str, columns: list[str], only: str | None = None) -> None:
    where = only and sa.text(only)
    op.create_index(name, table, columns, postgresql_where=where, if_not_exists=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.Text, nullable=False, server_default="default")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
