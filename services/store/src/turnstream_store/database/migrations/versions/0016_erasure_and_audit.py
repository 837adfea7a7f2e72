"""Users are erased, held and told of: erasures, legal holds, and the audit.

Beside services of the version before: a trigger refuses what they would add for a user who is being
erased. It finds no erasure until somebody asks for one.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from turnstream_store.database.data_role import DATA_ROLE, in_one_statement, protection
from turnstream_store.database.schema.live_changes import add_index, drop_index, with_brief_lock

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BLOCKED = (
    "threads",
    "turns",
    "deleted_threads",
    "attachments",
    "files",
    "facts",
    "outbox",
    "sessions",
    "usage",
    "spending",
    "reservations",
)
INDEXES = (
    ("attachments", "attachments_of_tenant", "tenant, owner"),
    ("sessions", "sessions_of_tenant", "tenant, owner"),
)
TABLES = ("erasures", "holds", "audit")
TRIGGER = "not_while_erased"
FUNCTION = """
    CREATE OR REPLACE FUNCTION {schema}.not_while_erased() RETURNS trigger LANGUAGE plpgsql AS
    $check$
    BEGIN
        -- The seed is that of turnstream_store.erasure.queries.
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(NEW.tenant || '/' || NEW.owner, 2)
        );
        -- A snapshot of its own, which is younger than the lock.
        IF EXISTS (
            SELECT FROM {schema}.erasures
            WHERE tenant = NEW.tenant AND owner = NEW.owner AND finished_at IS NULL
        ) THEN
            RAISE EXCEPTION 'this user is being erased' USING ERRCODE = 'TS001';
        END IF;
        RETURN NEW;
    END
    $check$
"""
GRANT = """
    IF to_regrole('{role}') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role};
    END IF;
"""


def upgrade() -> None:
    _add_erasures()
    _add_holds()
    _add_audit()
    for table in TABLES:
        granted = GRANT.format(role=DATA_ROLE, table=table)
        op.execute(in_one_statement(protection(table) + granted))
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(FUNCTION.format(schema=schema))
    with op.get_context().autocommit_block():
        for table, name, columns in INDEXES:
            add_index(table, name, columns)
        for table in BLOCKED:
            with_brief_lock(
                f"CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION {schema}.{TRIGGER}()"
            )


def _add_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text, primary_key=True),
        _tenant(),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("pseudonym", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("left", JSONB),
        sa.Column("logs", JSONB, nullable=False),
        _now("quiet_at"),
        _now("requested_at"),
        _moment("finished_at"),
        _moment("proven_at"),
        if_not_exists=True,
    )
    _index(
        "one_erasure_at_a_time",
        "erasures",
        ["tenant", "owner"],
        only="finished_at IS NULL",
        unique=True,
    )
    _index("erasures_of_subject", "erasures", ["tenant", "subject", "requested_at"])
    _index("erasures_to_do", "erasures", ["requested_at"], only="proven_at IS NULL")


def _add_holds() -> None:
    op.create_table(
        "holds",
        _tenant(primary_key=True),
        sa.Column("owner", sa.Text, primary_key=True),
        _now("placed_at"),
        if_not_exists=True,
    )


def _add_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Text, primary_key=True),
        _now("at"),
        _tenant(),
        sa.Column("owner", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("detail", JSONB, nullable=False),
        if_not_exists=True,
    )
    _index("audit_by_time", "audit", ["at", "id"])
    _index("audit_of_user", "audit", ["tenant", "owner"], only="owner IS NOT NULL")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table in BLOCKED:
            with_brief_lock(f"DROP TRIGGER IF EXISTS {TRIGGER} ON {table}")
        for table, name, _ in INDEXES:
            drop_index(table, name)
    op.execute(f"DROP FUNCTION {TRIGGER}")
    for table in reversed(TABLES):
        op.drop_table(table)


def _index(
    name: str, table: str, columns: list[str], *, only: str | None = None, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        postgresql_where=only and sa.text(only),
        if_not_exists=True,
    )


def _tenant(**options: bool) -> sa.Column[str]:
    return sa.Column("tenant", sa.Text, nullable=False, server_default="default", **options)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
