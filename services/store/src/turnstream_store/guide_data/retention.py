"""Emails are kept for a while only."""

from turnstream_store.guide_data import email_queries as emails
from turnstream_store.sweeper import BATCH, SweptParts


async def purge_emails(parts: SweptParts) -> bool:
    """Delete emails that are older than the outbox keeps them, sent or not."""
    async with parts.database.everyone().session() as session:
        return await emails.purge(session, parts.settings.outbox_retention, BATCH) == BATCH
