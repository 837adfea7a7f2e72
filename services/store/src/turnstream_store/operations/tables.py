"""The workers that said that they are there."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column


class WorkerRow(SQLModel, table=True):
    """A worker, as it said last. It has nothing of any user's."""

    __tablename__ = "workers"

    instance: str = Field(primary_key=True)
    slots: int
    running: int
    draining: bool = Field(
        default=False, sa_column=sa.Column(sa.Boolean, nullable=False, server_default=sa.false())
    )
    version: str = ""
    seen_at: datetime = Field(sa_column=now_column())
