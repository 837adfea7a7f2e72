"""What of a user goes into an archive: tables, and of each the columns that are the user's.

Left out is what the assistant noted for itself (hidden items, metadata of threads), what the server
told it (state variables), and what its models were asked, which repeats the conversation around the
app's own instructions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from turnstream_store.audit.tables import AuditRow
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


@dataclass(frozen=True)
class Part:
    """One file of an archive: rows of a table, a line of JSON each."""

    name: str
    row: type[SQLModel]
    columns: Sequence[str]
    order: Sequence[str]
    """Columns that no two rows share, in the order of the lines."""
    in_threads: bool = False
    """True where rows are found by their thread."""

    @property
    def selected(self) -> list[sa.ColumnElement[Any]]:
        """What is read of each row."""
        rows: Any = self.row
        return [col(getattr(rows, name)).label(name) for name in self.columns]


ITEMS = Part("items", ItemRow, ("thread_id", "id", "seq"), ("seq", "id"), in_threads=True)
"""Its lines are the items as their user sees them."""
DOCUMENT = public_form.label("document")

ATTACHMENTS = Part(
    "attachments",
    AttachmentRow,
    ("id", "thread_id", "file_key", "created_at", "public"),
    ("id",),
)
"""Its lines tell `name` and `mime_type` of what a client may see. A message repeats them; of an
upload that was never sent nothing else does."""

JOURNAL = Part(
    "journal", JournalRow, ("turn_id", "key", "value"), ("turn_id", "key"), in_threads=True
)
"""What happened in turns that run, failed for good, or ended a short while ago."""
TOOL_CALLS = Part(
    "tool_calls", ToolCallRow, ("turn_id", "tool", "result"), ("turn_id", "key"), in_threads=True
)

PARTS = (
    Part("threads", ThreadRow, ("id", "title", "status", "created_at"), ("created_at", "id")),
    ITEMS,
    Part(
        "turns",
        TurnRow,
        ("id", "thread_id", "kind", "status", "attempt", "accepted_at", "ended_at"),
        ("position", "id"),
        in_threads=True,
    ),
    JOURNAL,
    TOOL_CALLS,
    Part(
        "feedback",
        FeedbackRow,
        ("thread_id", "item_id", "kind", "created_at"),
        ("item_id",),
        in_threads=True,
    ),
    ATTACHMENTS,
    Part(
        "schedules",
        ScheduleRow,
        ("id", "message", "cron", "time_zone", "run_at", "thread_id", "created_at", "paused_at"),
        ("id",),
    ),
    Part("facts", FactRow, ("id", "text", "status", "thread_id", "created_at"), ("id",)),
    Part(
        "emails",
        EmailRow,
        ("id", "recipient", "subject", "body", "thread_id", "created_at"),
        ("id",),
    ),
    Part("sessions", SessionRow, ("id", "created_at", "expires_at", "cancelled_at"), ("id",)),
    Part(
        "usage",
        UsageRow,
        ("turn_id", "thread_id", "model", "input_tokens", "output_tokens", "cost", "created_at"),
        ("turn_id", "key"),
    ),
    Part("audit", AuditRow, ("id", "at", "action", "actor_kind"), ("at", "id")),
)
THREADS = PARTS[0]
FILES = Part("files", FileRow, ("key", "size", "thread_id"), ("key",))
"""The bytes go into the archive beside their lines."""
