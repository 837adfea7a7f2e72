"""Calls of models, what they add up to in a period, and what is set aside for calls under way."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column, time_column


def _number() -> sa.Column[int]:
    return sa.Column(sa.BigInteger, nullable=False, server_default="0")


class UsageRow(SQLModel, table=True):
    """A model call that was bought. It outlives its turn, its thread and their journal. One outside
    any turn has no `turn_id`.
    """

    __tablename__ = "usage"

    turn_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    tenant: str
    owner: str
    thread_id: str
    agent: str
    model: str
    host: str
    requests: int = Field(sa_column=_number())
    input_tokens: int = Field(sa_column=_number())
    cached_input_tokens: int = Field(sa_column=_number())
    output_tokens: int = Field(sa_column=_number())
    reasoning_tokens: int = Field(sa_column=_number())
    audio_input_tokens: int = Field(sa_column=_number())
    audio_output_tokens: int = Field(sa_column=_number())
    cost: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger))
    """Micro-USD; None where nobody knows the price."""
    estimated: bool = False
    attempt: int = 0
    """The newest attempt that bought it or played it back."""
    played_back: int = 0
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (
        sa.Index("usage_of_tenant", "tenant", "created_at"),
        sa.Index("usage_of_user", "tenant", "owner", "created_at"),
        sa.Index("usage_by_time", "created_at"),
    )


class SpendingRow(SQLModel, table=True):
    """What a user or a tenant has used in a period, where somebody has a budget.

    Its first reservation makes it, from the calls so far; from then on each call adds to it.
    """

    __tablename__ = "spending"

    tenant: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    """The user; empty for the tenant as a whole, which no user's name is."""
    period: str = Field(primary_key=True)
    """A day or a month by UTC: `2026-11-29`, `2026-11`."""
    tokens: int = Field(sa_column=_number())
    cost: int = Field(sa_column=_number())
    """Micro-USD."""


class ReservationRow(SQLModel, table=True):
    """What a model call under way may use. It counts while its attempt runs, and no longer; that of
    a call outside any turn, which has no `turn_id`, for a time.
    """

    __tablename__ = "reservations"

    turn_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    tenant: str
    owner: str
    attempt: int
    tokens: int = Field(sa_column=_number())
    cost: int = Field(sa_column=_number())
    """Micro-USD."""
    lasts_until: datetime | None = Field(default=None, sa_column=time_column())
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("reservations_of_tenant", "tenant", "owner"),)
