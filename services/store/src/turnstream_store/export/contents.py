"""What of a user goes into an archive: tables, and of each the columns that are the user's.

Left out is what the assistant noted for itself (hidden items, metadata of threads), what the server
told it (state variables), and what its models were asked, which repeats the conversation around the
app's own instructions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlmodel import col
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.owner import Owner

from turnstream_store.audit.tables import AuditRow
from turnstream_store.database.owners import OwnedRow, owned_by
from turnstream_store.feedback.tables import FeedbackRow
from turnstream_store.files.tables import AttachmentRow, FileRow
from turnstream_store.guide_data.tables import EmailRow, FactRow
from turnstream_store.identity.tables import SessionRow
from turnstream_store.schedules.tables import ScheduleRow
from turnstream_store.threads.item_queries import public_form
from turnstream_store.threads.tables import ItemRow, ThreadRow
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import JournalRow, TurnRow
from turnstream_store.usage.tables import UsageRow

Column = sa.SQLColumnExpression[object]
Conditions = Sequence[sa.ColumnElement[bool]]


@dataclass(frozen=True)
class ArchivedTable:
    """One file of an archive: rows of a table, a line of JSON each."""

    name: str
    rows: Callable[[Owner, str], Conditions]
    """The condition for a user's rows. Those that are found by their thread are of the one that
    is named."""
    columns: Sequence[Column]
    """What a line has of each row, by the names of the columns."""
    order: Sequence[Column]
    """Columns that no two rows share, in the order of the lines."""
    in_threads: bool = False
    """True where rows are found by their thread."""
    json: Sequence[str] = ()
    """Names of what is the text of a JSON document."""


class _RowInThread(OwnedRow, Protocol):
    thread_id: str


def _all(table: type[OwnedRow]) -> Callable[[Owner, str], Conditions]:
    return lambda owner, _: owned_by(table, owner)


def _in_thread(table: type[_RowInThread]) -> Callable[[Owner, str], Conditions]:
    return lambda owner, thread_id: (*owned_by(table, owner), col(table.thread_id) == thread_id)


def _turns_of(owner: Owner, thread_id: str) -> sa.Select[str]:
    return sa.select(col(TurnRow.id)).where(*_in_thread(TurnRow)(owner, thread_id))


def _steps(owner: Owner, thread_id: str) -> Conditions:
    return (
        col(JournalRow.tenant) == owner.tenant,
        col(JournalRow.turn_id).in_(_turns_of(owner, thread_id)),
        ~col(JournalRow.key).startswith(REQUEST, autoescape=True),
    )


def _tool_calls(owner: Owner, thread_id: str) -> Conditions:
    return (
        col(ToolCallRow.tenant) == owner.tenant,
        col(ToolCallRow.turn_id).in_(_turns_of(owner, thread_id)),
    )


def _items(owner: Owner, thread_id: str) -> Conditions:
    return (*_in_thread(ItemRow)(owner, thread_id), ~col(ItemRow.hidden))


def _audit(owner: Owner, _: str) -> Conditions:
    return col(AuditRow.tenant) == owner.tenant, col(AuditRow.owner) == owner.user


THREADS = ArchivedTable(
    "threads",
    _all(ThreadRow),
    (col(ThreadRow.id), col(ThreadRow.title), col(ThreadRow.status), col(ThreadRow.created_at)),
    (col(ThreadRow.created_at), col(ThreadRow.id)),
)
ITEMS = ArchivedTable(
    "items",
    _items,
    (col(ItemRow.thread_id), public_form.label("item")),
    (col(ItemRow.seq), col(ItemRow.id)),
    in_threads=True,
    json=("item",),
)
"""Its lines are the items as their user sees them."""
JOURNAL = ArchivedTable(
    "journal",
    _steps,
    (col(JournalRow.turn_id), col(JournalRow.key), col(JournalRow.value)),
    (col(JournalRow.turn_id), col(JournalRow.key)),
    in_threads=True,
    json=("value",),
)
"""What happened in turns that run, failed for good, or ended a short while ago."""
TOOL_CALLS = ArchivedTable(
    "tool_calls",
    _tool_calls,
    (col(ToolCallRow.turn_id), col(ToolCallRow.tool), col(ToolCallRow.result)),
    (col(ToolCallRow.turn_id), col(ToolCallRow.key)),
    in_threads=True,
    json=("result",),
)
ATTACHMENTS = ArchivedTable(
    "attachments",
    _all(AttachmentRow),
    (
        col(AttachmentRow.id),
        col(AttachmentRow.thread_id),
        col(AttachmentRow.file_key),
        col(AttachmentRow.created_at),
        col(AttachmentRow.public),
    ),
    (col(AttachmentRow.id),),
)
"""Its lines tell `name` and `mime_type` of what a client may see. A message repeats them; of an
upload that was never sent nothing else does."""
FILES = ArchivedTable(
    "files",
    _all(FileRow),
    (col(FileRow.key), col(FileRow.size), col(FileRow.thread_id)),
    (col(FileRow.key),),
)
"""The bytes go into the archive beside their lines."""

ARCHIVED = (
    THREADS,
    ITEMS,
    ArchivedTable(
        "turns",
        _in_thread(TurnRow),
        (
            col(TurnRow.id),
            col(TurnRow.thread_id),
            col(TurnRow.kind),
            col(TurnRow.status),
            col(TurnRow.attempt),
            col(TurnRow.accepted_at),
            col(TurnRow.ended_at),
        ),
        (col(TurnRow.position), col(TurnRow.id)),
        in_threads=True,
    ),
    JOURNAL,
    TOOL_CALLS,
    ArchivedTable(
        "feedback",
        _in_thread(FeedbackRow),
        (
            col(FeedbackRow.thread_id),
            col(FeedbackRow.item_id),
            col(FeedbackRow.kind),
            col(FeedbackRow.created_at),
        ),
        (col(FeedbackRow.item_id),),
        in_threads=True,
    ),
    ATTACHMENTS,
    ArchivedTable(
        "schedules",
        _all(ScheduleRow),
        (
            col(ScheduleRow.id),
            col(ScheduleRow.message),
            col(ScheduleRow.cron),
            col(ScheduleRow.time_zone),
            col(ScheduleRow.run_at),
            col(ScheduleRow.thread_id),
            col(ScheduleRow.created_at),
            col(ScheduleRow.paused_at),
        ),
        (col(ScheduleRow.id),),
    ),
    ArchivedTable(
        "facts",
        _all(FactRow),
        (
            col(FactRow.id),
            col(FactRow.text),
            col(FactRow.status),
            col(FactRow.thread_id),
            col(FactRow.created_at),
        ),
        (col(FactRow.id),),
    ),
    ArchivedTable(
        "emails",
        _all(EmailRow),
        (
            col(EmailRow.id),
            col(EmailRow.recipient),
            col(EmailRow.subject),
            col(EmailRow.body),
            col(EmailRow.thread_id),
            col(EmailRow.created_at),
        ),
        (col(EmailRow.id),),
    ),
    ArchivedTable(
        "sessions",
        _all(SessionRow),
        (
            col(SessionRow.id),
            col(SessionRow.created_at),
            col(SessionRow.expires_at),
            col(SessionRow.cancelled_at),
        ),
        (col(SessionRow.id),),
    ),
    ArchivedTable(
        "usage",
        _all(UsageRow),
        (
            col(UsageRow.turn_id),
            col(UsageRow.thread_id),
            col(UsageRow.model),
            col(UsageRow.input_tokens),
            col(UsageRow.output_tokens),
            col(UsageRow.cost),
            col(UsageRow.created_at),
        ),
        (col(UsageRow.turn_id), col(UsageRow.key)),
    ),
    ArchivedTable(
        "audit",
        _audit,
        (col(AuditRow.id), col(AuditRow.at), col(AuditRow.action), col(AuditRow.actor_kind)),
        (col(AuditRow.at), col(AuditRow.id)),
    ),
    FILES,
)
