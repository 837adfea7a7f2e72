"""Server keys, sessions and tenants."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import JsonText, now_column, time_column


class KeyRow(SQLModel, table=True):
    """A server key, known by the digest of its secret."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    tenant: str
    digest: str = Field(unique=True)
    scopes: list[str] = Field(sa_column=sa.Column(sa.ARRAY(sa.Text), nullable=False))
    name: str
    created_at: datetime = Field(sa_column=now_column())
    expires_at: datetime | None = Field(default=None, sa_column=time_column())
    last_used_at: datetime | None = Field(default=None, sa_column=time_column())
    revoked_at: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (sa.Index("api_keys_of_tenant", "tenant", "created_at", "id"),)


class SessionRow(SQLModel, table=True):
    """A session, known by the digest of its client secret."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True)
    tenant: str
    owner: str
    digest: str = Field(unique=True)
    workflow: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    requests_per_minute: int
    configuration: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    key_id: str | None = None
    created_at: datetime = Field(sa_column=now_column())
    expires_at: datetime = Field(sa_column=time_column(nullable=False))
    cancelled_at: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (
        sa.Index("sessions_by_end", "expires_at"),
        sa.Index("sessions_of_tenant", "tenant", "owner"),
    )


class TenantRow(SQLModel, table=True):
    """What a tenant has of its own."""

    __tablename__ = "tenants"

    tenant: str = Field(primary_key=True)
    settings: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    created_at: datetime = Field(sa_column=now_column())
    updated_at: datetime = Field(sa_column=now_column())
