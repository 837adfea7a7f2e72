"""Schedules, and what they led to.

Beside services of the version before: these sweep no schedules.

Revision: 0024
After: 0023
"""

import sqlalchemy as sa
from alembic import op
from turnstream_store.database.data_role import DATA_ROLE, in_one_statement, protection
from turnstream_store.database.schema.live_changes import with_brief_lock

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("schedules", "occurrences")
TRIGGER = "not_while_erased"
GRANT = """
    IF to_regrole('{role}') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role};
    END IF;
"""


def upgrade() -> None:
    _add_schedules()
    _add_occurrences()
    for table in TABLES:
        granted = GRANT.format(role=DATA_ROLE, table=table)
        op.execute(in_one_statement(protection(table) + granted))
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    with op.get_context().autocommit_block():
        with_brief_lock(
            f"CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT ON schedules"
            f" FOR EACH ROW EXECUTE FUNCTION {schema}.{TRIGGER}()"
        )


def _add_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text, primary_key=True),
        _tenant(),
        _text("owner"),
        _text("message"),
        sa.Column("cron", sa.Text),
        _text("time_zone"),
        _moment("run_at"),
        sa.Column("thread_id", sa.Text),
        _text("catch_up"),
        _text("when_busy"),
        _now("created_at"),
        _moment("paused_at"),
        _moment("next_at"),
        if_not_exists=True,
    )
    _index("schedules_of_user", "schedules", ["tenant", "owner", "created_at"])
    due = "next_at IS NOT NULL AND paused_at IS NULL"
    _index("schedules_due", "schedules", ["next_at"], due)


def _add_occurrences() -> None:
    schedule = sa.ForeignKey("schedules.id", ondelete="CASCADE")
    op.create_table(
        "occurrences",
        sa.Column("schedule_id", sa.Text, schedule, primary_key=True),
        sa.Column("occurs_at", sa.DateTime(timezone=True), primary_key=True),
        _tenant(),
        _text("owner"),
        _now("happened_at"),
        _text("outcome"),
        sa.Column("turn_id", sa.Text),
        sa.Column("thread_id", sa.Text),
        sa.Column("error_code", sa.Text),
        if_not_exists=True,
    )
    _index("occurrences_of_user", "occurrences", ["tenant", "owner"])
    _index("occurrences_by_time", "occurrences", ["happened_at"])


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
