"""The audit is kept for a while only."""

from turnstream_store.audit import queries as audit
from turnstream_store.sweeper import BATCH, SweeperServices


async def purge_audit(services: SweeperServices) -> bool:
    """Delete entries that are older than the audit keeps them."""
    async with services.database.all_tenants().session() as session:
        return await audit.purge(session, services.settings.audit_retention, BATCH) == BATCH
