"""Bytes that nothing refers to any more: of deleted threads, and of uploads never sent."""

import asyncio
from datetime import timedelta

from turnstream.errors import NotFound, Unavailable
from turnstream.files.blobs import Blobs
from turnstream.telemetry import get_logger

from turnstream_store.database.due import is_due
from turnstream_store.files import due_sql
from turnstream_store.files import queries as files
from turnstream_store.sweeper import FAILURES, SweeperServices

log = get_logger(__name__)

BATCH = 100
"""Files per round, whose bytes are deleted at the same time."""
TIMEOUT = 10.0
"""Seconds that the deletion of one file may take."""
TRY_AGAIN = timedelta(minutes=1)
"""Rest for a file that could not be deleted, so that it does not keep the others waiting."""


async def delete_orphans(services: SweeperServices) -> bool:
    """Delete the bytes first and the row that remembers them last: a crash between repeats it."""
    if not await is_due(services.database, due_sql.OVERDUE):
        return False
    async with services.database.all_tenants().session() as session:
        await files.forget_unsent(session, BATCH)
        keys = await files.orphans(session, BATCH)
    deleted = await asyncio.gather(*(_delete(services.blobs, key) for key in keys))
    if keys:
        gone = [key for key, is_gone in zip(keys, deleted, strict=True) if is_gone]
        left = [key for key, is_gone in zip(keys, deleted, strict=True) if not is_gone]
        async with services.database.all_tenants().session() as session:
            await files.remove(session, gone)
            await files.postpone(session, left, TRY_AGAIN)
    return len(keys) == BATCH


async def _delete(blobs: Blobs, key: str) -> bool:
    """True when there are no bytes under the key any more; one that is no key never had any."""
    try:
        async with asyncio.timeout(TIMEOUT):
            await blobs.delete(key)
    except NotFound:
        log.warning("file given up, for its key is none", key=key)
    except (Unavailable, TimeoutError) as error:
        log.warning("file not deleted", key=key, error=error.__cause__ or error)
        return False
    except Exception:  # whatever is wrong with one file is not wrong with the others
        log.exception("file not deleted", key=key)
        FAILURES.labels("delete_orphans").inc()
        return False
    return True
