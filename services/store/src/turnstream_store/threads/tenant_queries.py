"""Queries on the threads of all users of a tenant, for the tenant's own servers."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.errors import NotFound

from turnstream_store.database.pages import (
    BoundedWindow,
    cut_between,
    cut_fitting,
    fitting,
    paged_between,
)
from turnstream_store.threads.item_queries import public_form
from turnstream_store.threads.tables import DeletedItemRow, DeletedThreadRow, ItemRow, ThreadRow


async def load(session: AsyncSession, tenant: str, thread_id: str) -> ThreadRow | None:
    """A thread of any user of the tenant."""
    query = select(ThreadRow).where(ThreadRow.id == thread_id, ThreadRow.tenant == tenant)
    return (await session.exec(query)).one_or_none()


async def page(
    session: AsyncSession, tenant: str, window: BoundedWindow, user: str | None
) -> tuple[Sequence[ThreadRow], bool]:
    """A window of the tenant's threads by creation, or of one user's, and whether more follow.

    The rows that limit it may have been deleted since. Raises `NotFound` for one that never was.
    """
    after = await _sort_key(session, tenant, window.after)
    before = await _sort_key(session, tenant, window.before)
    query = select(ThreadRow).where(ThreadRow.tenant == tenant)
    if user is not None:
        query = query.where(ThreadRow.owner == user)
    order = (col(ThreadRow.created_at), col(ThreadRow.id))
    query = paged_between(query, order, window, after, before)
    return cut_between((await session.exec(query)).all(), window)


async def _sort_key(
    session: AsyncSession, tenant: str, thread_id: str | None
) -> tuple[datetime, str] | None:
    if thread_id is None:
        return None
    for table in (ThreadRow, DeletedThreadRow):
        query = select(table.created_at).where(table.tenant == tenant, table.id == thread_id)
        created_at = (await session.exec(query)).first()
        if created_at is not None:
            return created_at, thread_id
    raise NotFound(f"There is no thread {thread_id} to continue at.")


async def items(
    session: AsyncSession, thread: ThreadRow, window: BoundedWindow, types: Sequence[str]
) -> tuple[Sequence[tuple[str, str]], bool]:
    """Ids and JSON of a window of a thread's items, as many as fit into a page, and whether more
    follow: of some types, or all.

    Hidden ones are left out. The items that limit it may have been deleted since. Raises `NotFound`
    for one that was never in the thread.
    """
    after = await _item_sort_key(session, thread, window.after)
    before = await _item_sort_key(session, thread, window.before)
    query = sa.select(col(ItemRow.id), public_form, col(ItemRow.seq)).where(
        col(ItemRow.thread_id) == thread.id,
        col(ItemRow.tenant) == thread.tenant,
        col(ItemRow.owner) == thread.owner,
        ~col(ItemRow.hidden),
    )
    if types:
        query = query.where(col(ItemRow.type).in_(types))
    query = paged_between(query, [col(ItemRow.seq)], window, after, before)
    newest_first = window.newest_first != window.backwards
    rows = await session.exec(fitting(query, window.limit, newest_first=newest_first))
    page, has_more = cut_fitting(rows.all())
    return (page[::-1] if window.backwards else page), has_more


async def _item_sort_key(
    session: AsyncSession, thread: ThreadRow, item_id: str | None
) -> tuple[int] | None:
    if item_id is None:
        return None
    for table in (ItemRow, DeletedItemRow):
        query = select(table.seq).where(
            table.thread_id == thread.id, table.tenant == thread.tenant, table.id == item_id
        )
        seq = (await session.exec(query)).first()
        if seq is not None:
            return (seq,)
    raise NotFound(f"There is no item {item_id} to continue at.")
