"""Queries on thread items."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json, TurnStatus
from turnstream.errors import NotFound

from turnstream_store.database.columns import Row
from turnstream_store.threads.pages import Window
from turnstream_store.threads.tables import item_seq, items
from turnstream_store.turns.tables import turns

_MADE = sa.func.coalesce(items.c.made, items.c.payload)


async def add(
    connection: AsyncConnection,
    thread_id: str,
    owner: str,
    item: StoredItem,
    turn_id: str | None = None,
    attempt: int = 0,
) -> None:
    """Append an item, or change the one of this id: from outside any turn, or as the acceptance
    or the closing of `turn_id`.
    """
    insert = sa.dialects.postgresql.insert(items).values(
        thread_id=thread_id,
        id=item.item_id,
        owner=owner,
        type=item.type,
        hidden=item.type in HIDDEN_TYPES,
        payload=item.payload,
        public=item.public,
        turn_id=turn_id,
        attempt=attempt,
    )
    changes: dict[str, Any] = {"payload": insert.excluded.payload, "public": insert.excluded.public}
    if turn_id is None:
        changes["made"] = _MADE
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["thread_id", "id"], set_=changes)
    )


async def change(connection: AsyncConnection, thread_id: str, item_id: str, payload: str) -> None:
    """Change an item of another turn in place; the form that its turn made is kept beside."""
    await connection.execute(
        sa.update(items)
        .where(items.c.thread_id == thread_id, items.c.id == item_id)
        .values(payload=payload, made=_MADE)
    )


async def load(connection: AsyncConnection, owner: str, thread_id: str, item_id: str) -> Row | None:
    """Type, payload and seq of an item of the owner's."""
    query = sa.select(items.c.type, items.c.payload, items.c.seq).where(
        items.c.thread_id == thread_id, items.c.id == item_id, items.c.owner == owner
    )
    return (await connection.execute(query)).one_or_none()


async def delete(connection: AsyncConnection, thread_id: str, item_ids: Sequence[str]) -> None:
    """Delete items by id."""
    where = (items.c.thread_id == thread_id, items.c.id.in_(item_ids))
    await connection.execute(sa.delete(items).where(*where))


async def delete_after(
    connection: AsyncConnection, thread_id: str, seq: int, spare_turn: str | None = None
) -> None:
    """Delete what stands behind a place in a thread, but for the messages of waiting turns."""
    await connection.execute(
        sa.delete(items).where(
            items.c.thread_id == thread_id,
            items.c.seq > seq,
            sa.or_(items.c.turn_id.is_(None), items.c.turn_id != (spare_turn or "")),
            sa.or_(items.c.turn_id.is_(None), items.c.turn_id.not_in(_waiting(thread_id))),
        )
    )


async def move_to_end(connection: AsyncConnection, thread_id: str, turn_id: str) -> None:
    """Put a waiting turn's message behind the answers that came before it ran."""
    newest = sa.select(sa.func.max(items.c.seq)).where(
        items.c.thread_id == thread_id,
        sa.or_(items.c.turn_id.is_(None), items.c.turn_id.not_in(_waiting(thread_id))),
    )
    await connection.execute(
        sa.update(items)
        .where(
            items.c.thread_id == thread_id,
            items.c.turn_id == turn_id,
            items.c.attempt == 0,
            items.c.seq < newest.scalar_subquery(),
        )
        .values(seq=item_seq.next_value())
    )


async def pending_client_calls(
    connection: AsyncConnection, thread_id: str, limit: int = 20
) -> Sequence[Row]:
    """Id and payload of the newest client tool calls of a thread, newest first."""
    query = (
        sa.select(items.c.id, items.c.payload)
        .where(items.c.thread_id == thread_id, items.c.type == "client_tool_call")
        .order_by(items.c.seq.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def shown_by(connection: AsyncConnection, turn_id: str, thread_id: str) -> list[Json]:
    """The events that tell a viewer what a turn did to its thread: every item that its attempts
    added, and every older one that it was the last to replace.
    """
    own = sa.and_(items.c.turn_id == turn_id, items.c.attempt > 0)
    query = (
        sa.select(sa.func.coalesce(items.c.public, items.c.payload), own)
        .where(items.c.thread_id == thread_id, ~items.c.hidden)
        .where(sa.or_(own, items.c.changed_by == turn_id))
        .order_by(items.c.seq)
    )
    return [
        {"type": f"thread.item.{'done' if added else 'replaced'}", "item": orjson.loads(text)}
        for text, added in await connection.execute(query)
    ]


async def page(
    connection: AsyncConnection,
    thread_id: str,
    window: Window,
    seen_by: tuple[str, int] | None = None,
) -> tuple[list[tuple[str, str]], bool]:
    """Ids and JSON of a window of items, and whether more follow.

    `seen_by` None is a client: public forms, hidden items left out in SQL, so pages stay full.
    `seen_by` (turn, attempt) is a running attempt: it does not see what its own earlier attempts
    stored, nor the messages of turns that wait behind it. Raises `NotFound` when `after` is no
    item of the thread.
    """
    limit, newest_first, after = window
    text = sa.func.coalesce(items.c.public, items.c.payload) if seen_by is None else items.c.payload
    query = sa.select(items.c.id, text).where(items.c.thread_id == thread_id)
    if seen_by is None:
        query = query.where(~items.c.hidden)
    else:
        query = query.where(_visible(thread_id, *seen_by))
    if after is not None:
        place = sa.select(items.c.seq).where(items.c.thread_id == thread_id, items.c.id == after)
        cursor = await connection.scalar(place)
        if cursor is None:
            raise NotFound(f"There is no item {after} to continue after.")
        query = query.where(items.c.seq < cursor if newest_first else items.c.seq > cursor)
    order = items.c.seq.desc() if newest_first else items.c.seq.asc()
    rows = (await connection.execute(query.order_by(order).limit(limit + 1))).all()
    return [(row[0], row[1]) for row in rows[:limit]], len(rows) > limit


def _waiting(thread_id: str) -> sa.Select[tuple[str]]:
    return sa.select(turns.c.id).where(
        turns.c.thread_id == thread_id, turns.c.status == TurnStatus.QUEUED
    )


def _visible(thread_id: str, turn_id: str, attempt: int) -> sa.ColumnElement[bool]:
    return sa.or_(
        items.c.turn_id.is_(None),
        sa.and_(items.c.turn_id != turn_id, items.c.turn_id.not_in(_waiting(thread_id))),
        sa.and_(items.c.turn_id == turn_id, items.c.attempt.in_((0, attempt))),
    )
