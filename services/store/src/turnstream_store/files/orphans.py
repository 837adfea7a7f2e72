"""Bytes that nothing refers to any more: of deleted threads, and of uploads never sent."""

from datetime import timedelta

from turnstream.errors import Unavailable
from turnstream.files.blobs import Blobs
from turnstream.telemetry import get_logger

from turnstream_store.database.transactions import Database
from turnstream_store.files import queries as files

log = get_logger(__name__)

BATCH = 100
"""Files per round: a deleted account takes a few rounds, and no other duty waits long for it."""
TRY_AGAIN = timedelta(minutes=1)
"""Rest for a file that could not be deleted, so that it does not keep the others waiting."""


async def delete_orphans(database: Database, blobs: Blobs) -> None:
    """Delete the bytes first and the row that remembers them last: a crash between repeats it."""
    async with database.transaction() as connection:
        await files.forget_unsent(connection, BATCH)
        keys = await files.orphans(connection, BATCH)
    gone, left = [], []
    for key in keys:
        try:
            await blobs.delete(key)
            gone.append(key)
        except Unavailable as error:
            log.warning("file not deleted", key=key, error=str(error.__cause__))
            left.append(key)
    if keys:
        async with database.transaction() as connection:
            await files.delete(connection, gone)
            await files.postpone(connection, left, TRY_AGAIN)
