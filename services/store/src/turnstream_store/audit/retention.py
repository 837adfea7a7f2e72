"""The audit is kept for a while only."""

from turnstream_store.audit import queries as audit
from turnstream_store.sweeper import BATCH, SweptParts


async def purge_audit(parts: SweptParts) -> bool:
    """Delete entries that are older than the audit keeps them."""
    async with parts.database.everyone().session() as session:
        return await audit.purge(session, parts.settings.audit_retention, BATCH) == BATCH
