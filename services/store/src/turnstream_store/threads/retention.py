"""Threads of tenants that keep theirs for a time only."""

from turnstream_store.announcements import Announcement
from turnstream_store.database.owners import owner_of_row
from turnstream_store.sweeper import BATCH, SweptParts, set_apart
from turnstream_store.threads import queries as threads
from turnstream_store.threads.rules import delete_thread
from turnstream_store.turns import queries as turns


async def delete_unused(parts: SweptParts) -> bool:
    """Delete threads whose last turn ended longer ago than their tenant keeps them.

    Each is deleted as its owner would do it, and only if no turn began meanwhile.
    """
    async with parts.database.everyone().session() as session:
        unused = await threads.unused(session, BATCH)
    deleted = 0
    for row, retention in unused:
        with set_apart("delete_unused_threads", thread_id=row.id):
            owner = owner_of_row(row)
            announcements: list[Announcement] = []
            async with parts.database.of(owner.tenant).session() as session:
                locked = await threads.load(session, owner, row.id, lock=True)
                if locked is None:
                    continue
                if not await turns.active_or_ended_within(session, owner, row.id, retention):
                    announcements = await delete_thread(session, owner, row.id)
            await parts.announcer.publish(announcements)
            deleted += 1
    return deleted == BATCH
