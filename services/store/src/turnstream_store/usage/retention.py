"""Model calls, sums and reservations that nobody needs any more."""

from turnstream_store.sweeper import BATCH, SweeperServices
from turnstream_store.usage import queries as usage


async def purge_usage(services: SweeperServices) -> bool:
    """Delete model calls that are older than `USAGE_RETENTION`."""
    async with services.database.all_tenants().session() as session:
        return await usage.purge(session, services.settings.usage_retention, BATCH) == BATCH


async def purge_budgets(services: SweeperServices) -> bool:
    """Delete sums of past periods, and reservations that count no more."""
    async with services.database.all_tenants().session() as session:
        return await usage.purge_periods(session, BATCH) == BATCH
