"""Deliveries are kept for a while, to be looked at and sent again."""

from turnstream_store.sweeper import BATCH, SweeperServices
from turnstream_store.webhooks import queries as webhooks


async def purge_deliveries(services: SweeperServices) -> bool:
    """Delete deliveries and dead letters that are older than they are kept."""
    async with services.database.all_tenants().session() as session:
        retention = services.settings.webhook_retention
        return await webhooks.purge(session, retention, BATCH) == BATCH
