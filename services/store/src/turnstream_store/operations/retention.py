"""Workers that are gone are forgotten."""

from datetime import timedelta

from turnstream_store.operations import queries
from turnstream_store.sweeper import SweeperServices

FORGOTTEN_AFTER = timedelta(hours=1)
"""How long a worker that died is shown as silent: somebody may ask where it is."""


async def forget_workers(services: SweeperServices) -> bool:
    """Forget workers that were not heard of for long."""
    async with services.database.all_tenants().session() as session:
        await queries.purge_workers(session, FORGOTTEN_AFTER)
    return False
