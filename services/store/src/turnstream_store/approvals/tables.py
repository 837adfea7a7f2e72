"""Runs that wait for a person."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import JsonText, now_column, tenant_column


class PausedRunRow(SQLModel, table=True):
    """A run that waits, or waited, for a person. Gone with the turn that ended with it."""

    __tablename__ = "paused_runs"

    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    )
    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), nullable=False)
    )
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    state: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    calls: list[Json] = Field(sa_column=sa.Column(JSONB, nullable=False))
    resumed_by: str | None = None
    decision: Json | None = Field(default=None, sa_column=sa.Column(JSONB(none_as_null=True)))
    paused_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("paused_runs_of_thread", "thread_id", "paused_at"),)
