"""Turns are kept for a while after their end, and the journals of some of them."""

from turnstream_store.sweeper import BATCH, SweeperServices
from turnstream_store.turns import all_tenants_queries as cross_tenant

JOURNALS = 50
"""Turns whose kept journals are deleted at once: each may have some hundred records."""


async def purge_turns(services: SweeperServices) -> bool:
    """Delete turns that ended long ago."""
    async with services.database.all_tenants().session() as session:
        return await cross_tenant.purge(session, services.settings.retention, BATCH) == BATCH


async def forget_journals(services: SweeperServices) -> bool:
    """Delete journals that were kept for a while after their turn."""
    async with services.database.all_tenants().session() as session:
        return await cross_tenant.forget_journals(session, JOURNALS) == JOURNALS
