"""Model calls, sums and reservations that nobody needs any more."""

from turnstream_store.sweeper import BATCH, SweptParts
from turnstream_store.usage import queries as usage


async def purge_usage(parts: SweptParts) -> bool:
    """Delete model calls that are older than `USAGE_RETENTION`."""
    async with parts.database.everyone().session() as session:
        return await usage.purge(session, parts.settings.usage_retention, BATCH) == BATCH


async def purge_budgets(parts: SweptParts) -> bool:
    """Delete sums of past periods, and reservations that count no more."""
    async with parts.database.everyone().session() as session:
        return await usage.purge_periods(session, BATCH) == BATCH
