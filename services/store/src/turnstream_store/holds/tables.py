"""Legal holds."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column, tenant_column

ALL_USERS = ""
"""The owner of a hold on a whole tenant. No user has this name."""


class HoldRow(SQLModel, table=True):
    """A legal hold on a user, or on all users of a tenant."""

    __tablename__ = "holds"

    tenant: str = Field(sa_column=tenant_column(primary_key=True))
    owner: str = Field(primary_key=True)
    placed_at: datetime = Field(sa_column=now_column())
