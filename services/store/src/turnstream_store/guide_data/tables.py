"""What tools keep for a user beside the conversation."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column, tenant_column


class FactRow(SQLModel, table=True):
    """Something a user told about themselves."""

    __tablename__ = "facts"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    text: str
    status: str
    thread_id: str | None = None
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("facts_of_tenant", "tenant", "owner", "created_at", "id"),)


class EmailRow(SQLModel, table=True):
    """An email that the mailer of a deployment is to send.

    The table, the route and the setting are named as mail programs name what waits to be sent. The
    outbox that commits with what it tells of is that of `turnstream_store.webhooks`.
    """

    __tablename__ = "outbox"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    recipient: str
    subject: str
    body: str
    thread_id: str | None = None
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (
        sa.Index("outbox_of_tenant", "tenant", "owner", "created_at", "id"),
        sa.Index("outbox_by_time", "created_at", "id"),
    )
