"""Occurrences of schedules are kept as long as turns."""

from turnstream_store.schedules import queries as schedules
from turnstream_store.sweeper import BATCH, SweeperServices


async def purge_occurrences(services: SweeperServices) -> bool:
    """Delete occurrences as long ago as turns are kept."""
    async with services.database.all_tenants().session() as session:
        return await schedules.purge(session, services.settings.retention, BATCH) == BATCH
