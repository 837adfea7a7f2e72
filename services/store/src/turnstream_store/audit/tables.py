"""The audit."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import now_column, tenant_column


class AuditRow(SQLModel, table=True):
    """One action. Written in the transaction of what it tells, so that neither is without the
    other.
    """

    __tablename__ = "audit"

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_column=now_column())
    tenant: str = Field(sa_column=tenant_column())
    owner: str | None = None
    actor: str
    actor_kind: str
    action: str
    target: str
    detail: Json = Field(sa_column=sa.Column(JSONB, nullable=False))

    __table_args__ = (
        sa.Index("audit_by_time", "at", "id"),
        sa.Index("audit_of_user", "tenant", "owner", postgresql_where=sa.text("owner IS NOT NULL")),
    )
