"""Queries on threads."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.times import utc_text
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound

from turnstream_store.database.columns import Row
from turnstream_store.threads.pages import Window
from turnstream_store.threads.tables import items, threads
from turnstream_store.turns.tables import turns

ACTIVE_STATUS = {"type": "active"}

PATCHABLE = frozenset({"title", "status", "allowed_image_domains"})
"""Fields of a thread that an assistant or a user may change, besides metadata."""


async def insert(
    connection: AsyncConnection, thread_id: str, owner: str, created_at: datetime
) -> None:
    """A new, empty, active thread."""
    await connection.execute(
        sa.insert(threads).values(
            id=thread_id, owner=owner, status=ACTIVE_STATUS, metadata={}, created_at=created_at
        )
    )


async def insert_unless_known(connection: AsyncConnection, thread_id: str, owner: str) -> None:
    """A new, empty, active thread, unless there is one of this id, whoever owns it."""
    insert = sa.dialects.postgresql.insert(threads).values(
        id=thread_id, owner=owner, status=ACTIVE_STATUS, metadata={}
    )
    await connection.execute(insert.on_conflict_do_nothing())


async def load(
    connection: AsyncConnection, owner: str, thread_id: str, *, lock: bool = False
) -> Row | None:
    """A thread of the owner's; with `lock`, nobody else accepts or patches until we commit.

    The lock does not stop others from adding items.
    """
    query = sa.select(threads).where(threads.c.id == thread_id, threads.c.owner == owner)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await connection.execute(query)).one_or_none()


async def page(
    connection: AsyncConnection, owner: str, window: Window
) -> tuple[Sequence[Row], bool]:
    """A window of the owner's threads by creation, and whether more follow.

    Raises `NotFound` when `after` is no thread of the owner's.
    """
    limit, newest_first, after = window
    query = sa.select(threads).where(threads.c.owner == owner)
    order = (threads.c.created_at, threads.c.id)
    if after is not None:
        cursor = await load(connection, owner, after)
        if cursor is None:
            raise NotFound(f"There is no thread {after} to continue after.")
        place = sa.tuple_(*order)
        last = sa.tuple_(sa.literal(cursor.created_at), sa.literal(cursor.id))
        query = query.where(place < last if newest_first else place > last)
    query = query.order_by(*(column.desc() if newest_first else column for column in order))
    rows = (await connection.execute(query.limit(limit + 1))).all()
    return rows[:limit], len(rows) > limit


async def patch(connection: AsyncConnection, row: Row, fields: Json, metadata: Json) -> Row:
    """Set the named fields and metadata keys of a locked thread, and leave the rest."""
    values = {name: value for name, value in fields.items() if name in PATCHABLE}
    if metadata:
        merged = {**row.metadata, **metadata}
        values["metadata"] = {key: value for key, value in merged.items() if value is not None}
    if not values:
        return row
    query = sa.update(threads).where(threads.c.id == row.id).values(values).returning(threads)
    return (await connection.execute(query)).one()


async def delete(connection: AsyncConnection, owner: str, thread_id: str) -> bool:
    """Delete a thread with all that belongs to it; False when the owner has none such."""
    query = sa.delete(threads).where(threads.c.id == thread_id, threads.c.owner == owner)
    return bool((await connection.execute(query)).rowcount)


async def owns_items(
    connection: AsyncConnection, owner: str, thread_id: str, item_ids: Sequence[str]
) -> bool:
    """True when every id names a visible item of this thread of the owner's."""
    query = sa.select(sa.func.count()).where(
        items.c.thread_id == thread_id,
        items.c.owner == owner,
        ~items.c.hidden,
        items.c.id.in_(item_ids),
    )
    return await connection.scalar(query) == len(set(item_ids))


async def came_back(connection: AsyncConnection, thread_id: str) -> None:
    """The owner looks at the thread: a connection lost just before or after is not a Stop."""
    await connection.execute(
        sa.update(turns)
        .where(
            turns.c.thread_id == thread_id,
            turns.c.status.in_(("queued", "running")),
        )
        .values(disconnected_until=None, seen_at=sa.func.now())
    )


def metadata_json(row: Row) -> Json:
    """A thread as `ThreadMetadata`, for an assistant."""
    return {**_common(row), "metadata": row.metadata}


def public_json(row: Row) -> Json:
    """A thread as its owner's client sees it: never its metadata."""
    return {**_common(row), "metadata": {}}


def updated_event(row: Row) -> Json:
    """The event that tells viewers how a thread stands now."""
    page: Json = {"data": [], "has_more": False}
    return {"type": "thread.updated", "thread": {**public_json(row), "items": page}}


def created_event(thread_id: str, created_at: datetime) -> Json:
    """The event that shows a new, empty, active thread."""
    page: Json = {"data": [], "has_more": False}
    thread: Json = {
        "id": thread_id,
        "created_at": utc_text(created_at),
        "status": ACTIVE_STATUS,
        "metadata": {},
        "items": page,
    }
    return {"type": "thread.created", "thread": thread}


def _common(row: Row) -> Json:
    thread: Json = {
        "id": row.id,
        "title": row.title,
        "created_at": utc_text(row.created_at),
        "status": row.status,
        "allowed_image_domains": row.allowed_image_domains,
    }
    return {name: value for name, value in thread.items() if value is not None}
