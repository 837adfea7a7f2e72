"""Emails are kept for a while only, and so are the ids of discarded facts."""

from datetime import timedelta

from turnstream_store.guide_data import queries
from turnstream_store.sweeper import BATCH, SweeperServices

DISCARDED_RETENTION = timedelta(days=1)
"""How long the id of a discarded fact is kept, from when it was noted: longer than any turn whose
tool call might be made again."""


async def purge_emails(services: SweeperServices) -> bool:
    """Delete emails that are older than `OUTBOX_RETENTION`, sent or not."""
    async with services.database.all_tenants().session() as session:
        return (
            await queries.purge_emails(session, services.settings.outbox_retention, BATCH) == BATCH
        )


async def purge_discarded_facts(services: SweeperServices) -> bool:
    """Delete the ids of facts that their users discarded."""
    async with services.database.all_tenants().session() as session:
        return await queries.purge_discarded_facts(session, DISCARDED_RETENTION, BATCH) == BATCH
