"""Sessions that are over."""

from datetime import timedelta

from turnstream_store.identity import queries as identity
from turnstream_store.sweeper import BATCH, SweeperServices

SESSION_RETENTION = timedelta(days=1)
"""A session is kept this long after its end, so that its secret is refused by the right name."""


async def purge_sessions(services: SweeperServices) -> bool:
    """Delete sessions that ended long ago."""
    async with services.database.all_tenants().session() as session:
        return await identity.purge_sessions(session, SESSION_RETENTION, BATCH) == BATCH
