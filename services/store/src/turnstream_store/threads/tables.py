"""Threads, and what is in them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import JsonText, now_column, tenant_column


class ThreadRow(SQLModel, table=True):
    """A conversation. Its row lock orders the acceptance of its turns."""

    __tablename__ = "threads"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    title: str | None = None
    status: Json = Field(sa_column=sa.Column(JSONB, nullable=False))
    allowed_image_domains: list[str] | None = Field(
        default=None, sa_column=sa.Column(JSONB(none_as_null=True))
    )
    thread_metadata: Json = Field(sa_column=sa.Column("metadata", JSONB, nullable=False))
    created_at: datetime = Field(sa_column=now_column())
    session_id: str | None = None
    """The session that began it: one without history sees no others."""
    threads_before: int | None = None
    """How many its owner had when it was begun, where that was counted: see `limits_sql`."""

    __table_args__ = (
        sa.Index("threads_of_tenant", "tenant", "owner", "created_at", "id"),
        sa.Index("threads_of_all_users", "tenant", "created_at", "id"),
    )


SEQS_PER_ATTEMPT = 1000
"""Sequence numbers in a row that one value of the sequence stands for."""

item_seq = sa.Sequence("item_seq", data_type=sa.BigInteger, increment=SEQS_PER_ATTEMPT)
"""The order of items, in every thread. One sequence for all threads takes no lock: an item never
waits for a message that is being accepted in the same thread. A claim takes a value for its
attempt, which gives out the numbers after it in the order in which viewers see items begin."""


class ItemRow(SQLModel, table=True):
    """A thread item. `turn_id` and `attempt` say which run made it (attempt 0: its acceptance),
    `changed_by` which turn replaced it last.

    When somebody else changes it, such as a user with a sync action while its turn still runs,
    `made` keeps the form that its turn gave it last. A replay of that turn brings the old forms
    again: they are known by it, and the change stays.
    """

    __tablename__ = "items"

    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    seq: int = Field(
        sa_column=sa.Column(
            sa.BigInteger, item_seq, server_default=item_seq.next_value(), nullable=False
        )
    )
    type: str
    hidden: bool
    payload: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    public: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    made: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    turn_id: str | None = None
    attempt: int = 0
    changed_by: str | None = None
    items_before: int | None = None
    """How many its thread held before a message, where that was counted: see `limits_sql`."""

    __table_args__ = (
        sa.Index("items_in_order", "thread_id", "seq"),
        sa.Index("items_of_turn", "turn_id", postgresql_where=sa.text("turn_id IS NOT NULL")),
    )


class DeletedItemRow(SQLModel, table=True):
    """Where a deleted item stood. A client that has a page up to that item asks for the next."""

    __tablename__ = "deleted_items"

    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    seq: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))


class DeletedThreadRow(SQLModel, table=True):
    """Where a deleted thread stood in its owner's list, for a day."""

    __tablename__ = "deleted_threads"

    tenant: str = Field(sa_column=tenant_column(primary_key=True))
    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_column=sa.Column(sa.DateTime(timezone=True), nullable=False))
    deleted_at: datetime = Field(sa_column=now_column())
