"""What the sweeper does for erasures: it goes on with those that were left or had to wait."""

from turnstream_store.database.due import is_due
from turnstream_store.erasure import due_sql
from turnstream_store.erasure.job import Eraser
from turnstream_store.erasure.sealing import LogSeals
from turnstream_store.sweeper import SweptParts


async def erase_users(parts: SweptParts) -> bool:
    """Go on with erasures that are not proven."""
    if not await is_due(parts.database, due_sql.UNPROVEN):
        return False
    seals = LogSeals(parts.event_log)
    eraser = Eraser(parts.database, parts.announcer, seals, parts.jobs, parts.blobs)
    await eraser.go_on()
    return False  # one that has to wait is found again
