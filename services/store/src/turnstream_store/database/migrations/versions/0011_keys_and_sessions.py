"""Server keys and sessions, known by the digests of their secrets; what each tenant has of its own.

Revision: 0011
After: 0010
"""

import sqlalchemy as sa
from alembic import op
from turnstream_store.database.data_role import in_one_statement, protection

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _now("created_at"),
        _moment("expires_at"),
        _moment("last_used_at"),
        _moment("revoked_at"),
    )
    op.create_index("api_keys_of_tenant", "api_keys", ["tenant", "created_at", "id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("workflow", sa.JSON, nullable=False),
        sa.Column("requests_per_minute", sa.Integer, nullable=False),
        sa.Column("configuration", sa.JSON, nullable=False),
        sa.Column("key_id", sa.Text),
        _now("created_at"),
        _moment("expires_at", nullable=False),
        _moment("cancelled_at"),
    )
    op.create_index("sessions_by_end", "sessions", ["expires_at"])
    op.create_table(
        "tenants",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("settings", sa.JSON, nullable=False),
        _now("created_at"),
        _now("updated_at"),
    )
    for table in ("api_keys", "sessions", "tenants"):
        op.execute(in_one_statement(protection(table)))


def downgrade() -> None:
    for table in ("tenants", "sessions", "api_keys"):
        op.drop_table(table)


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
