"""Erasures."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import now_column, tenant_column, time_column

UNDER_WAY = "finished_at IS NULL"
"""An erasure that blocks its user."""


class ErasureRow(SQLModel, table=True):
    """A user's erasure. While it is under way its row blocks the user: the trigger
    `not_while_erased` of every table that begins something asks for it.

    Once it is done `owner` is the pseudonym, and `subject` tells anyone who knows the name and has
    the internal key whose it was.
    """

    __tablename__ = "erasures"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    pseudonym: str
    """Stands for the user in what is kept of them, such as their usage. Random: nobody can compute
    it from the name."""
    subject: str
    state: str
    counts: dict[str, int] = Field(sa_column=sa.Column(JSONB, nullable=False))
    left: Json | None = Field(default=None, sa_column=sa.Column(JSONB(none_as_null=True)))
    logs: dict[str, int] = Field(sa_column=sa.Column(JSONB, nullable=False))
    """Turns whose log may be in Redis, each with the attempt that closed it."""
    quiet_at: datetime = Field(sa_column=now_column())
    """When whatever ran for the user has lost its lease and has stopped."""
    requested_at: datetime = Field(sa_column=now_column())
    finished_at: datetime | None = Field(default=None, sa_column=time_column())
    proven_at: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (
        sa.Index(
            "one_erasure_at_a_time",
            "tenant",
            "owner",
            unique=True,
            postgresql_where=sa.text(UNDER_WAY),
        ),
        sa.Index("erasures_of_subject", "tenant", "subject", "requested_at"),
        sa.Index("erasures_to_do", "requested_at", postgresql_where=sa.text("proven_at IS NULL")),
    )
