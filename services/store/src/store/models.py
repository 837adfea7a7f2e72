"""The tables. Every row has an owner; payloads are JSON text, kept byte for byte.

`json`, not `jsonb`: a ChatKit item is opaque here, and `jsonb` would reorder keys, drop
duplicates and refuse `\\u0000`.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

Row = Any
"""A row of a result: its columns are attributes. SQLAlchemy types the positions of a row, not its
names, so there is nothing more exact to say."""


class JsonText(sa.types.UserDefinedType[str]):
    """A `json` column read and written as text, with no parsing on either side."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's type in DDL."""
        return "JSON"


def _time(**options: Any) -> sa.Column[datetime]:
    return sa.Column(sa.DateTime(timezone=True), **options)


def _now() -> sa.Column[datetime]:
    return _time(nullable=False, server_default=sa.func.now())


class ThreadRow(SQLModel, table=True):
    """A conversation. Its row lock orders the acceptance of its turns."""

    __tablename__ = "threads"

    id: str = Field(primary_key=True)
    owner: str
    title: str | None = None
    status: dict[str, Any] = Field(sa_column=sa.Column(JSONB, nullable=False))
    allowed_image_domains: list[str] | None = Field(default=None, sa_column=sa.Column(JSONB))
    thread_metadata: dict[str, Any] = Field(sa_column=sa.Column("metadata", JSONB, nullable=False))
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (sa.Index("threads_of_owner", "owner", "created_at", "id"),)


PLACES = 1000
"""Places in a row that one value of the sequence stands for."""

item_seq = sa.Sequence("item_seq", data_type=sa.BigInteger, increment=PLACES)
"""The order of items, in every thread. One sequence for all threads takes no lock: an item never
waits for a message that is being accepted in the same thread. A claim takes a value for its
attempt, which gives out the places behind it in the order in which viewers see items begin."""


class ItemRow(SQLModel, table=True):
    """A thread item. `turn_id` and `attempt` say which run made it (attempt 0: its acceptance)."""

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
    turn_id: str | None = None
    attempt: int = 0

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
    lease_until: datetime | None = Field(default=None, sa_column=_time())
    not_before: datetime = Field(sa_column=_now())
    published_at: datetime = Field(sa_column=_now())
    cancel: str | None = None
    disconnected_until: datetime | None = Field(default=None, sa_column=_time())
    seen_at: datetime | None = Field(default=None, sa_column=_time())
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
    accepted_at: datetime = Field(sa_column=_now())
    ended_at: datetime | None = Field(default=None, sa_column=_time())

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


class JournalRow(SQLModel, table=True):
    """What already happened in a turn. Gone when the turn ends."""

    __tablename__ = "journal"

    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    )
    key: str = Field(primary_key=True)
    value: str = Field(sa_column=sa.Column(JsonText, nullable=False))


class ToolCallRow(SQLModel, table=True):
    """The ledger: a call happens once per key."""

    __tablename__ = "tool_calls"

    key: str = Field(primary_key=True)
    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), nullable=False)
    )
    owner: str
    tool: str
    run: int
    instance: str
    reply_to: str
    lease_until: datetime = Field(sa_column=_time(nullable=False))
    result: str | None = Field(default=None, sa_column=sa.Column(JsonText))

    __table_args__ = (sa.Index("tool_calls_of_turn", "turn_id"),)


class FileRow(SQLModel, table=True):
    """A blob, by its key: written before its bytes, deleted after them, so that none is forgotten.

    One that belongs to no thread is kept until `keep_until`. A deleted thread leaves its files
    behind without one, and the sweeper does the rest: whatever deletes threads deletes files.
    """

    __tablename__ = "files"

    key: str = Field(primary_key=True)
    owner: str
    thread_id: str | None = Field(
        default=None, sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="SET NULL"))
    )
    size: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    uploaded: bool = Field(
        default=False, sa_column=sa.Column(sa.Boolean, server_default=sa.false(), nullable=False)
    )
    keep_until: datetime = Field(sa_column=_time(nullable=False))

    __table_args__ = (
        sa.Index("files_of_owner", "owner"),
        sa.Index("files_of_thread", "thread_id"),
        sa.Index("files_of_nobody", "keep_until", postgresql_where=sa.text("thread_id IS NULL")),
    )


class AttachmentRow(SQLModel, table=True):
    """An attachment's metadata. Its bytes are a file, unless the assistant keeps them itself."""

    __tablename__ = "attachments"

    id: str = Field(primary_key=True)
    owner: str
    thread_id: str | None = Field(
        default=None, sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"))
    )
    payload: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    public: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    file_key: str | None = Field(default=None, sa_column=sa.Column(sa.ForeignKey("files.key")))
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (
        sa.Index("attachments_of_thread", "thread_id"),
        sa.Index("attachments_of_file", "file_key"),
    )


class FactRow(SQLModel, table=True):
    """Something a user told about themselves."""

    __tablename__ = "facts"

    id: str = Field(primary_key=True)
    owner: str
    text: str
    status: str
    thread_id: str | None = None
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (sa.Index("facts_of_owner", "owner", "created_at", "id"),)


class PausedRunRow(SQLModel, table=True):
    """A run that waits, or waited, for a person. Gone with the turn that ended with it."""

    __tablename__ = "paused_runs"

    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    )
    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), nullable=False)
    )
    owner: str
    state: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    calls: list[Any] = Field(sa_column=sa.Column(JSONB, nullable=False))
    resumed_by: str | None = None
    decision: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    paused_at: datetime = Field(sa_column=_now())

    __table_args__ = (sa.Index("paused_runs_of_thread", "thread_id", "paused_at"),)


class EmailRow(SQLModel, table=True):
    """An email that the mailer of a deployment is to send."""

    __tablename__ = "outbox"

    id: str = Field(primary_key=True)
    owner: str
    recipient: str
    subject: str
    body: str
    thread_id: str | None = None
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (sa.Index("outbox_of_owner", "owner", "created_at", "id"),)


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
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (sa.Index("feedback_by_time", "created_at", "thread_id", "item_id"),)


def table(model: type[SQLModel]) -> sa.Table:
    """The SQLAlchemy Core table behind a model, for the hot paths."""
    core: sa.Table = model.__table__  # type: ignore[attr-defined]  # set by table=True
    return core


threads, items, turns = table(ThreadRow), table(ItemRow), table(TurnRow)
journal, tool_calls = table(JournalRow), table(ToolCallRow)
attachments, files, facts = table(AttachmentRow), table(FileRow), table(FactRow)
paused_runs, outbox = table(PausedRunRow), table(EmailRow)
feedback = table(FeedbackRow)
