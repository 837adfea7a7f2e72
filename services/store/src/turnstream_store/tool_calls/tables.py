"""The ledger of tool calls."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import JsonText, tenant_column, time_column


class ToolCallRow(SQLModel, table=True):
    """The ledger: a call happens once per key."""

    __tablename__ = "tool_calls"

    key: str = Field(primary_key=True)
    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), nullable=False)
    )
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    tool: str
    run: int
    instance: str
    reply_to: str
    lease_until: datetime = Field(sa_column=time_column(nullable=False))
    result: str | None = Field(default=None, sa_column=sa.Column(JsonText))

    __table_args__ = (sa.Index("tool_calls_of_turn", "turn_id"),)
