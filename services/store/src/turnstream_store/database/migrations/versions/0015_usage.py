"""Every call of a model is counted, and budgets know what is spent and what is set aside.

Revision: 0015
After: 0014
"""

import sqlalchemy as sa
from alembic import op
from turnstream_store.database.data_role import in_one_statement, protection

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        *(_text(name) for name in ("tenant", "owner", "thread_id", "agent", "model", "host")),
        _number("requests"),
        _number("input_tokens"),
        _number("cached_input_tokens"),
        _number("output_tokens"),
        _number("reasoning_tokens"),
        _number("audio_input_tokens"),
        _number("audio_output_tokens"),
        sa.Column("cost", sa.BigInteger),
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("played_back", sa.Integer, nullable=False, server_default="0"),
        _now("created_at"),
    )
    op.create_index("usage_of_tenant", "usage", ["tenant", "created_at"])
    op.create_index("usage_of_user", "usage", ["tenant", "owner", "created_at"])
    op.create_index("usage_by_time", "usage", ["created_at"])
    op.create_table(
        "spending",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        _number("tokens"),
        _number("cost"),
    )
    op.create_table(
        "reservations",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        _text("tenant"),
        _text("owner"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _number("tokens"),
        _number("cost"),
        _now("created_at"),
    )
    op.create_index("reservations_of_tenant", "reservations", ["tenant", "owner"])
    for table in ("usage", "spending", "reservations"):
        op.execute(in_one_statement(protection(table)))


def downgrade() -> None:
    for table in ("reservations", "spending", "usage"):
        op.drop_table(table)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
