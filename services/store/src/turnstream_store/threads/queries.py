"""Queries on threads."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound

from turnstream_store.database.owners import owned_by
from turnstream_store.database.pages import Window, cut, paged
from turnstream_store.holds.queries import is_held
from turnstream_store.identity.queries import own_retention
from turnstream_store.identity.tables import TenantRow
from turnstream_store.threads.tables import DeletedThreadRow, ThreadRow
from turnstream_store.turns.tables import TurnRow

ACTIVE_STATUS = {"type": "active"}

CURSOR_LIFETIME = timedelta(days=1)
"""How long a client may page after a thread that was deleted."""

_KEPT = {
    col(DeletedThreadRow.tenant): col(ThreadRow.tenant),
    col(DeletedThreadRow.owner): col(ThreadRow.owner),
    col(DeletedThreadRow.id): col(ThreadRow.id),
    col(DeletedThreadRow.created_at): col(ThreadRow.created_at),
}
"""What is kept of a deleted thread, and from where."""


async def add_unless_known(session: AsyncSession, thread_id: str, owner: Owner) -> None:
    """A new, empty, active thread, unless one of this id exists, of any owner."""
    values = {
        ThreadRow.id: thread_id,
        ThreadRow.tenant: owner.tenant,
        ThreadRow.owner: owner.user,
        ThreadRow.status: ACTIVE_STATUS,
        ThreadRow.thread_metadata: {},
    }
    await session.exec(insert(ThreadRow).values(values).on_conflict_do_nothing())


async def load(
    session: AsyncSession, owner: Owner, thread_id: str, *, lock: bool = False
) -> ThreadRow | None:
    """A thread of the owner's; with `lock`, no other request accepts or patches until we commit.

    The lock does not stop others from adding items.
    """
    query = select(ThreadRow).where(ThreadRow.id == thread_id, *owned_by(ThreadRow, owner))
    if lock:
        query = query.with_for_update(key_share=True)
    return (await session.exec(query)).one_or_none()


async def page(
    session: AsyncSession, owner: Owner, window: Window, among: int | None = None
) -> tuple[Sequence[ThreadRow], bool]:
    """A window of the owner's threads by creation, and whether more follow: of all, or of those
    `among` the newest.

    `after` may have been deleted since. Raises `NotFound` when it was no thread of the owner's.
    """
    limit, newest_first, after = window
    behind = None
    if after is not None:
        last = await load(session, owner, after)
        behind = (
            (last.created_at, last.id) if last else await _where_it_stood(session, owner, after)
        )
    query = select(ThreadRow).where(*owned_by(ThreadRow, owner))
    order = (col(ThreadRow.created_at), col(ThreadRow.id))
    if among is not None:
        newest = select(ThreadRow.id).where(*owned_by(ThreadRow, owner))
        newest = newest.order_by(*(column.desc() for column in order)).limit(among)
        query = query.where(col(ThreadRow.id).in_(newest))
    query = paged(query, order, limit, behind, newest_first=newest_first)
    return cut((await session.exec(query)).all(), limit)


async def _where_it_stood(
    session: AsyncSession, owner: Owner, thread_id: str
) -> tuple[datetime, str]:
    query = select(DeletedThreadRow.created_at).where(
        *owned_by(DeletedThreadRow, owner), DeletedThreadRow.id == thread_id
    )
    created_at = (await session.exec(query)).one_or_none()
    if created_at is None:
        raise NotFound(f"There is no thread {thread_id} to continue after.")
    return created_at, thread_id


async def patch(session: AsyncSession, row: ThreadRow, fields: Json, metadata: Json) -> None:
    """Set the named fields and metadata keys of a locked thread, and leave the rest. No other field
    than these may be changed by an assistant or a user.
    """
    row.title = fields.get("title", row.title)
    row.status = fields.get("status", row.status)
    row.allowed_image_domains = fields.get("allowed_image_domains", row.allowed_image_domains)
    if metadata:
        merged = {**row.thread_metadata, **metadata}
        row.thread_metadata = {key: value for key, value in merged.items() if value is not None}
    await session.flush()


async def remove(session: AsyncSession, owner: Owner, thread_id: str) -> None:
    """Delete a thread of the owner's with all that belongs to it."""
    gone = (
        sa.delete(ThreadRow)
        .where(col(ThreadRow.id) == thread_id, *owned_by(ThreadRow, owner))
        .returning(*_KEPT.values())
        .cte("gone")
    )
    stood = insert(DeletedThreadRow).from_select([*_KEPT], sa.select(gone))
    await session.exec(stood.on_conflict_do_nothing())
    too_old = col(DeletedThreadRow.deleted_at) < sa.func.now() - CURSOR_LIFETIME
    await session.exec(delete(DeletedThreadRow).where(*owned_by(DeletedThreadRow, owner), too_old))


async def unused(
    session: AsyncSession, retention: timedelta | None, after: str, limit: int
) -> Sequence[tuple[ThreadRow, timedelta]]:
    """Threads of any tenant that are older than it keeps them, and had no turn within that time.

    `retention` is for tenants that say nothing; None keeps theirs for ever. What is on legal hold
    is left out. In the order of their ids, after a given one.
    """
    kept = sa.func.coalesce(own_retention, sa.cast(retention, sa.Interval))
    since = sa.func.now() - kept
    is_used = sa.exists().where(
        col(TurnRow.thread_id) == col(ThreadRow.id),
        col(TurnRow.tenant) == col(ThreadRow.tenant),
        sa.or_(col(TurnRow.ended_at).is_(None), col(TurnRow.ended_at) >= since),
    )
    query = (
        select(ThreadRow, kept)
        .outerjoin(TenantRow, col(TenantRow.tenant) == ThreadRow.tenant)
        .where(col(ThreadRow.created_at) < since, ~is_used, ~is_held(ThreadRow))
        .where(col(ThreadRow.id) > after)
        .order_by(col(ThreadRow.id))
        .limit(limit)
    )
    return (await session.exec(query)).all()
