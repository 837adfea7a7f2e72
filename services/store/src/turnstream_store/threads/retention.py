"""Threads of tenants that keep theirs for a time only."""

from turnstream_store.announcements import Announcement
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database
from turnstream_store.threads import queries as threads
from turnstream_store.threads.rules import delete_thread
from turnstream_store.turns import queries as turns


async def delete_unused(database: Database, limit: int) -> tuple[list[Announcement], int]:
    """Delete threads whose last turn ended longer ago than their tenant keeps them.

    Each is deleted as its owner would do it, and only if no turn began meanwhile. Returns what to
    announce, and how many threads were found.
    """
    async with database.everyone().session() as session:
        unused = await threads.unused(session, limit)
    announcements: list[Announcement] = []
    for row, retention in unused:
        owner = owner_of_row(row)
        async with database.of(owner.tenant).session() as session:
            locked = await threads.load(session, owner, row.id, lock=True)
            if locked is None:
                continue
            if not await turns.active_or_ended_within(session, owner, row.id, retention):
                announcements += await delete_thread(session, owner, row.id)
    return announcements, len(unused)
