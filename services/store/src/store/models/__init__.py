"""The tables. Every row has an owner; payloads are JSON text, kept byte for byte.

`json`, not `jsonb`: a ChatKit item is opaque here, and `jsonb` would reorder keys, drop
duplicates and refuse `\\u0000`.
"""

from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from store.models.conversation import (
    PLACES,
    FeedbackRow,
    ItemRow,
    ThreadRow,
    TurnRow,
    item_seq,
)
from store.models.records import EmailRow, FactRow
from store.models.steps import JournalRow, PausedRunRow, ToolCallRow
from store.models.storage import AttachmentRow, FileRow

__all__ = [
    "PLACES",
    "Row",
    "attachments",
    "facts",
    "feedback",
    "files",
    "item_seq",
    "items",
    "journal",
    "outbox",
    "paused_runs",
    "table",
    "threads",
    "tool_calls",
    "turns",
]

Row = Any
"""A row of a result: its columns are attributes. SQLAlchemy types the positions of a row, not its
names, so there is nothing more exact to say."""


def table(model: type[SQLModel]) -> sa.Table:
    """The SQLAlchemy Core table behind a model, for the hot paths."""
    core: sa.Table = model.__table__  # type: ignore[attr-defined]  # set by table=True
    return core


threads, items, turns = table(ThreadRow), table(ItemRow), table(TurnRow)
journal, tool_calls = table(JournalRow), table(ToolCallRow)
attachments, files, facts = table(AttachmentRow), table(FileRow), table(FactRow)
paused_runs, outbox = table(PausedRunRow), table(EmailRow)
feedback = table(FeedbackRow)
