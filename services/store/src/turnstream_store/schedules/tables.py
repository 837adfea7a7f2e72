"""Schedules, and what they led to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column, tenant_column, time_column


class ScheduleRow(SQLModel, table=True):
    """A message that is sent at certain times on behalf of its owner."""

    __tablename__ = "schedules"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    message: str
    cron: str | None = None
    time_zone: str
    run_at: datetime | None = Field(default=None, sa_column=time_column())
    thread_id: str | None = None
    catch_up: str
    when_busy: str
    created_at: datetime = Field(sa_column=now_column())
    paused_at: datetime | None = Field(default=None, sa_column=time_column())
    next_at: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (
        sa.Index("schedules_of_user", "tenant", "owner", "created_at"),
        sa.Index(
            "schedules_due",
            "next_at",
            postgresql_where=sa.text("next_at IS NOT NULL AND paused_at IS NULL"),
        ),
    )


class OccurrenceRow(SQLModel, table=True):
    """An occurrence of a schedule. Its key is what makes one turn of it, no matter which store
    sweeps.
    """

    __tablename__ = "occurrences"

    schedule_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True)
    )
    occurs_at: datetime = Field(sa_column=time_column(primary_key=True))
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    happened_at: datetime = Field(sa_column=now_column())
    outcome: str
    turn_id: str | None = None
    thread_id: str | None = None
    error_code: str | None = None

    __table_args__ = (
        sa.Index("occurrences_of_user", "tenant", "owner"),
        sa.Index("occurrences_by_time", "happened_at"),
    )
