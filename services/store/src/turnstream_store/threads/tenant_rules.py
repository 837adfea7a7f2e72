"""Threads as a tenant's own server sees them: those of every user, each with its user."""

from collections.abc import Sequence

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound

from turnstream_store.database.pages import BoundedWindow
from turnstream_store.threads import documents
from turnstream_store.threads import tenant_queries as threads
from turnstream_store.threads.tables import ThreadRow


async def threads_document(
    session: AsyncSession, tenant: str, window: BoundedWindow, user: str | None
) -> bytes:
    """A page of the tenant's threads, or of one user's."""
    rows, has_more = await threads.page(session, tenant, window, user)
    page = [(row.id, orjson.dumps(documents.tenant_json(row)).decode()) for row in rows]
    return documents.page_document(page, has_more=has_more)


async def thread_document(session: AsyncSession, tenant: str, thread_id: str) -> Json:
    """A thread of any user of the tenant. Raises `NotFound`."""
    return documents.tenant_json(await _load(session, tenant, thread_id))


async def items_document(
    session: AsyncSession, key: tuple[str, str], window: BoundedWindow, types: Sequence[str]
) -> bytes:
    """A page of the items of some types; `key` is a tenant and a thread. Raises `NotFound`."""
    thread = await _load(session, *key)
    rows, has_more = await threads.items(session, thread, window, types)
    return documents.page_document(rows, has_more=has_more)


async def _load(session: AsyncSession, tenant: str, thread_id: str) -> ThreadRow:
    row = await threads.load(session, tenant, thread_id)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    return row
