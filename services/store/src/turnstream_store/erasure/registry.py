"""Every table and every key in Redis that knows users, and what an erasure does to it.

Tests compare it with the schema, and with what services may write in Redis: a table or key that is
not here fails them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel
from turnstream.contracts.owner import Owner
from turnstream.redis import topology

from turnstream_store.approvals.tables import PausedRunRow
from turnstream_store.audit.tables import AuditRow
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


@dataclass(frozen=True)
class OwnedTable:
    """A table with rows of users, and the way to those of one."""

    row: type[SQLModel]
    through: type[SQLModel] | None = None
    """The table whose rows these belong to, where that has the index: a thread or a turn."""

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
        return "owner" in self.table.c

    def found_for(self, owner: Owner) -> sa.ColumnElement[bool]:
        """The condition for a user's rows, by an index."""
        if self.through is None:
            return self._named(owner)
        parents, link = _links(self.through)
        theirs = sa.select(parents.c.id).where(_found_for(self.through, owner))
        return self.table.c[link].in_(theirs)

    def named(self, owner: Owner) -> sa.ColumnElement[bool]:
        """The condition for rows that name a user, whatever they belong to. It reads the table."""
        return self._named(owner) if self.has_owner else self.found_for(owner)

    def _named(self, owner: Owner) -> sa.ColumnElement[bool]:
        columns = self.table.c
        return sa.and_(columns.tenant == owner.tenant, columns.owner == owner.user)


def _links(parent: type[SQLModel]) -> tuple[sa.Table, str]:
    table = OwnedTable(parent).table
    return table, "thread_id" if parent is ThreadRow else "turn_id"


def _found_for(parent: type[SQLModel], owner: Owner) -> sa.ColumnElement[bool]:
    return OwnedTable(parent, ThreadRow if parent is TurnRow else None).found_for(owner)


SESSIONS = OwnedTable(SessionRow)
FILES = OwnedTable(FileRow)
TURNS = OwnedTable(TurnRow, ThreadRow)
TOOL_CALLS = OwnedTable(ToolCallRow, TurnRow)
AUDIT = OwnedTable(AuditRow)

DELETED = (
    OwnedTable(JournalRow, TurnRow),
    TOOL_CALLS,
    OwnedTable(PausedRunRow, ThreadRow),
    OwnedTable(FeedbackRow, ThreadRow),
    OwnedTable(DeletedItemRow, ThreadRow),
    OwnedTable(ItemRow, ThreadRow),
    TURNS,
    OwnedTable(AttachmentRow),
    OwnedTable(ThreadRow),
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
    """An erasure leaves its end alone."""
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
