"""Endpoints of webhooks, and what is on its way to them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import now_column, tenant_column, time_column


class WebhookRow(SQLModel, table=True):
    """An endpoint. Its secrets are sealed under `WEBHOOK_KEYS`."""

    __tablename__ = "webhooks"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    url: str
    events: list[str] = Field(sa_column=sa.Column(sa.ARRAY(sa.Text), nullable=False))
    description: str
    secret: str
    last_secret: str | None = None
    """The one before the last rotation. It signs as well until `last_secret_until`."""
    last_secret_until: datetime | None = Field(default=None, sa_column=time_column())
    created_at: datetime = Field(sa_column=now_column())
    disabled_at: datetime | None = Field(default=None, sa_column=time_column())
    disabled_why: str | None = None
    failing_since: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (sa.Index("webhooks_of_tenant", "tenant", "created_at", "id"),)


class WebhookDeliveryRow(SQLModel, table=True):
    """An event for one endpoint: the outbox of the turn that ended. It holds ids and the outcome,
    and nothing that anybody said.

    It references no turn or thread: deleting a thread does not cancel its deliveries.
    """

    __tablename__ = "webhook_deliveries"

    webhook_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    event: str
    turn_id: str
    thread_id: str
    attempt: int
    error_code: str | None = None
    required: list[Json] | None = Field(default=None, sa_column=sa.Column(JSONB(none_as_null=True)))
    """What the thread waits for: the requests that go on from it, and the ids of the items."""
    occurred_at: datetime = Field(sa_column=now_column())
    state: str = Field(sa_column=sa.Column(sa.Text, nullable=False, server_default="waiting"))
    tries: int = Field(
        default=0, sa_column=sa.Column(sa.Integer, nullable=False, server_default="0")
    )
    due_at: datetime = Field(sa_column=now_column())
    """When it is tried next; while it is being sent, when its lease ends."""
    ended_at: datetime | None = Field(default=None, sa_column=time_column())
    last_status: int | None = None
    last_error: str | None = None

    __table_args__ = (
        sa.Index(
            "webhook_deliveries_due",
            "webhook_id",
            "due_at",
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
        ),
        sa.Index(
            "webhook_deliveries_sending",
            "webhook_id",
            postgresql_where=sa.text("state = 'sending'"),
        ),
        sa.Index(
            "webhook_dead_letters",
            "tenant",
            "webhook_id",
            "ended_at",
            postgresql_where=sa.text("state = 'dead'"),
        ),
        sa.Index(
            "webhook_deliveries_ended",
            "ended_at",
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        ),
        sa.Index("webhook_deliveries_of_user", "tenant", "owner"),
    )
