"""Every table and every key in Redis that knows users, and what an erasure does to it.

Tests compare it with the schema, and with what services may write in Redis: a table or key that is
not here fails them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel, col
from turnstream.contracts.owner import Owner
from turnstream.redis import topology

from turnstream_store.approvals.tables import PausedRunRow
from turnstream_store.audit.tables import AuditRow
from turnstream_store.database.owners import names_owner, owned_by
from turnstream_store.erasure.tables import ErasureRow
from turnstream_store.feedback.tables import FeedbackRow
from turnstream_store.files.tables import AttachmentRow, FileRow
from turnstream_store.guide_data.tables import EmailRow, FactRow
from turnstream_store.holds.tables import HoldRow
from turnstream_store.identity.tables import SessionRow
from turnstream_store.schedules.tables import OccurrenceRow, ScheduleRow
from turnstream_store.threads.tables import (
    DeletedItemRow,
    DeletedThreadRow,
    ItemRow,
    ThreadRow,
)
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import JournalRow, TurnRow
from turnstream_store.usage.tables import ReservationRow, SpendingRow, UsageRow
from turnstream_store.webhooks.tables import WebhookDeliveryRow


class Link(NamedTuple):
    """The column by which rows belong to rows of another table, which has the index."""

    column: Mapped[str] | Mapped[str | None]
    parents: "OwnedTable"


@dataclass(frozen=True, eq=False)
class OwnedTable:
    """A table with rows of users, and the way to those of one."""

    row: type[SQLModel]
    through: Link | None = None
    """None where an index of the table itself leads to the rows of a user."""

    @property
    def table(self) -> sa.Table:
        """The table of SQLAlchemy's."""
        return SQLModel.metadata.tables[str(self.row.__tablename__)]

    @property
    def name(self) -> str:
        """The name in the report."""
        return str(self.table.name)

    @property
    def has_owner(self) -> bool:
        """False where only the row that it belongs to says whose it is."""
        return names_owner(self.row)

    @property
    def owner(self) -> Mapped[str]:
        """The column that names a user. Raises `TypeError` where there is none."""
        if not names_owner(self.row):
            raise TypeError(f"{self.name} names no user")
        return col(self.row.owner)

    @property
    def key(self) -> sa.Tuple:
        """The primary key."""
        return sa.tuple_(*self.table.primary_key)

    def keys(self, condition: sa.ColumnElement[bool]) -> sa.Select[*tuple[object, ...]]:
        """The primary keys of some rows."""
        return sa.select(*self.table.primary_key).where(condition)

    def found_for(self, owner: Owner) -> sa.ColumnElement[bool]:
        """The condition for a user's rows, by an index."""
        if self.through is None:
            return self.named(owner)
        column, parents = self.through
        return column.in_(parents.keys(parents.found_for(owner)))

    def named(self, owner: Owner) -> sa.ColumnElement[bool]:
        """The condition for rows that name a user, whatever they belong to. It reads the table."""
        if names_owner(self.row):
            return sa.and_(*owned_by(self.row, owner))
        return self.found_for(owner)


SESSIONS = OwnedTable(SessionRow)
FILES = OwnedTable(FileRow)
THREADS = OwnedTable(ThreadRow)
TURNS = OwnedTable(TurnRow, Link(col(TurnRow.thread_id), THREADS))
TOOL_CALLS = OwnedTable(ToolCallRow, Link(col(ToolCallRow.turn_id), TURNS))
AUDIT = OwnedTable(AuditRow)

DELETED = (
    OwnedTable(JournalRow, Link(col(JournalRow.turn_id), TURNS)),
    TOOL_CALLS,
    OwnedTable(PausedRunRow, Link(col(PausedRunRow.thread_id), THREADS)),
    OwnedTable(FeedbackRow, Link(col(FeedbackRow.thread_id), THREADS)),
    OwnedTable(DeletedItemRow, Link(col(DeletedItemRow.thread_id), THREADS)),
    OwnedTable(ItemRow, Link(col(ItemRow.thread_id), THREADS)),
    TURNS,
    OwnedTable(AttachmentRow),
    THREADS,
    OwnedTable(DeletedThreadRow),
    OwnedTable(FactRow),
    OwnedTable(EmailRow),
    OwnedTable(HoldRow),
    OwnedTable(SpendingRow),
    OwnedTable(ReservationRow),
    OwnedTable(WebhookDeliveryRow),
    OwnedTable(OccurrenceRow),
    OwnedTable(ScheduleRow),
)
"""Deleted row by row, in this order: what belongs to something goes before it."""

PSEUDONYMISED = (AUDIT, OwnedTable(UsageRow))
"""Kept for others' accounts, under a name that leads to nobody."""

OWN_WAY = (SESSIONS, FILES, OwnedTable(ErasureRow))
"""Each has a step of its own: secrets are forgotten, bytes go before their row, and the erasure
itself forgets the name at its end."""

REGISTRY = (*DELETED, *PSEUDONYMISED, *OWN_WAY)

BLOCKED = (
    "threads",
    "turns",
    "deleted_threads",
    "attachments",
    "files",
    "facts",
    "outbox",
    "sessions",
    "usage",
    "spending",
    "reservations",
    "webhook_deliveries",
    "schedules",
)
"""Tables with the trigger `not_while_erased`: everything else belongs to a row of these, and a
foreign key refuses it once that row is gone."""


class RedisRemoval(StrEnum):
    """How what a key holds of a user ends."""

    SEALED = "sealed"
    """An erasure deletes every entry of it but the end."""
    DELETED = "deleted"
    """An erasure deletes it."""
    DELETED_WHEN_READ = "deleted when read"
    """The service that takes an entry deletes it. What ran for the user has read its own when it
    has stopped; what nobody reads is trimmed."""
    NOBODYS = "nobody's"
    """It names no user and holds no word of theirs."""


KEYS: Mapping[str, RedisRemoval] = {
    topology.log_key("*"): RedisRemoval.SEALED,
    topology.rate_key("*"): RedisRemoval.DELETED,
    topology.JOBS: RedisRemoval.NOBODYS,
    topology.TOOL_CALLS: RedisRemoval.DELETED_WHEN_READ,
    topology.SERVER_CALLS: RedisRemoval.DELETED_WHEN_READ,
    topology.replies("*"): RedisRemoval.DELETED_WHEN_READ,
    topology.CATALOGUE: RedisRemoval.NOBODYS,
}
"""Every key that services write. What tools keep by `call.redis` is their own."""
