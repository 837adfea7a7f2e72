"""What the sweeper does for erasures: it goes on with those that were left or had to wait."""

from turnstream_store.database.due import is_due
from turnstream_store.erasure import due_sql
from turnstream_store.erasure.job import Eraser
from turnstream_store.erasure.sealing import LogSealer
from turnstream_store.sweeper import SweeperServices


async def erase_users(services: SweeperServices) -> bool:
    """Go on with erasures that are not proven."""
    if not await is_due(services.database, due_sql.UNPROVEN):
        return False
    sealer = LogSealer(services.event_log)
    eraser = Eraser(services.database, services.announcer, sealer, services.jobs, services.blobs)
    await eraser.go_on()
    return False  # one that has to wait is found again
