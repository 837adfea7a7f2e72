"""Bytes that nothing refers to any more: of deleted threads, and of uploads never sent."""

from datetime import timedelta

from turnstream.errors import Unavailable
from turnstream.files.blobs import Blobs
from turnstream.telemetry import get_logger

from turnstream_store.database.pools import Database
from turnstream_store.files import queries as files

log = get_logger(__name__)

BATCH = 100
"""Files per round: a deleted account takes a few rounds, and no other duty waits long for it."""
TRY_AGAIN = timedelta(minutes=1)
"""Rest for a file that could not be deleted, so that it does not keep the others waiting."""


async def delete_orphans(database: Database, blobs: Blobs) -> None:
    """Delete the bytes first and the row that remembers them last: a crash between repeats it."""
    async with database.everyone().session() as session:
        await files.forget_unsent(session, BATCH)
        keys = await files.orphans(session, BATCH)
    gone, left = [], []
    for key in keys:
        try:
            await blobs.delete(key)
            gone.append(key)
        except Unavailable as error:
            log.warning("file not deleted", key=key, error=str(error.__cause__))
            left.append(key)
    if keys:
        async with database.everyone().session() as session:
            await files.remove(session, gone)
            await files.postpone(session, left, TRY_AGAIN)
