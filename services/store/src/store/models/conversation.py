"""Threads, what is in them, the turns that put it there, and what users think of it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from store.models.columns import JsonText, now_column, time_column


class ThreadRow(SQLModel, table=True):
    """A conversation. Its row lock orders the acceptance of its turns."""

    __tablename__ = "threads"

    id: str = Field(primary_key=True)
    owner: str
    title: str | None = None
    status: dict[str, Any] = Field(sa_column=sa.Column(JSONB, nullable=False))
    allowed_image_domains: list[str] | None = Field(default=None, sa_column=sa.Column(JSONB))
    thread_metadata: dict[str, Any] = Field(sa_column=sa.Column("metadata", JSONB, nullable=False))
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("threads_of_owner", "owner", "created_at", "id"),)


PLACES = 1000
"""Places in a row that one value of the sequence stands for."""

item_seq = sa.Sequence("item_seq", data_type=sa.BigInteger, increment=PLACES)
"""The order of items, in every thread. One sequence for all threads takes no lock: an item never
waits for a message that is being accepted in the same thread. A claim takes a value for its
attempt, which gives out the places behind it in the order in which viewers see items begin."""


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

    __table_args__ = (
        sa.Index("items_in_order", "thread_id", "seq"),
        sa.Index("items_of_turn", "turn_id", postgresql_where=sa.text("turn_id IS NOT NULL")),
    )


class TurnRow(SQLModel, table=True):
    """A turn: the promise that what was accepted reaches one visible end. Also its own outbox."""

    __tablename__ = "turns"

    id: str = Field(primary_key=True)
    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), nullable=False)
    )
    owner: str
    position: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), nullable=False)
    )
    kind: str
    status: str
    attempt: int = 0
    failures: int = 0
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=time_column())
    not_before: datetime = Field(sa_column=now_column())
    published_at: datetime = Field(sa_column=now_column())
    cancel: str | None = None
    disconnected_until: datetime | None = Field(default=None, sa_column=time_column())
    seen_at: datetime | None = Field(default=None, sa_column=time_column())
    idempotency_key: str | None = None
    fingerprint: str
    request: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    context: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    opening: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    prelude: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    thread_before: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    input_item_id: str | None = None
    error: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    dead: bool = Field(default=False, sa_column=sa.Column(sa.Boolean, server_default=sa.false()))
    accepted_at: datetime = Field(sa_column=now_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column())

    __table_args__ = (
        sa.Index(
            "one_running_turn_per_thread",
            "thread_id",
            unique=True,
            postgresql_where=sa.text("status = 'running'"),
        ),
        sa.Index(
            "one_turn_per_idempotency_key",
            "owner",
            "idempotency_key",
            unique=True,
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        ),
        sa.Index(
            "active_turns",
            "thread_id",
            "position",
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        ),
        sa.Index(
            "active_turns_of_owner",
            "owner",
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        ),
        sa.Index("dead_letters", "ended_at", postgresql_where=sa.text("dead")),
        sa.Index("ended_turns", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")),
    )


class FeedbackRow(SQLModel, table=True):
    """What a user thinks of an item: one verdict, the newest. No foreign key to the item, because
    an answer that is judged and then tried again is gone, and the verdict on it is worth keeping.
    """

    __tablename__ = "feedback"

    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    )
    item_id: str = Field(primary_key=True)
    owner: str
    kind: str
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("feedback_by_time", "created_at", "thread_id", "item_id"),)
