"""Queries on feedback."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from turnstream_store.database.columns import Row
from turnstream_store.feedback.tables import feedback


class Place(NamedTuple):
    """Where a verdict stands in the order of time; ids part those that were given at once."""

    created_at: datetime
    thread_id: str
    item_id: str


class Wanted(NamedTuple):
    """Which verdicts."""

    equal: Mapping[str, str]
    """Columns, and what they have to hold."""
    since: datetime | None = None


_ORDER = (feedback.c.created_at, feedback.c.thread_id, feedback.c.item_id)


async def save(
    connection: AsyncConnection, owner: str, thread_id: str, item_ids: Collection[str], kind: str
) -> None:
    """Keep a verdict on items of a thread of the owner's, instead of an earlier one."""
    rows = [
        {"thread_id": thread_id, "item_id": item_id, "owner": owner, "kind": kind}
        for item_id in dict.fromkeys(item_ids)
    ]
    statement = insert(feedback).values(rows)
    newer = {"kind": statement.excluded.kind, "created_at": statement.excluded.created_at}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["thread_id", "item_id"], set_=newer, where=feedback.c.owner == owner
        )
    )


async def page(
    connection: AsyncConnection, wanted: Wanted, limit: int, before: Place | None
) -> tuple[Sequence[Row], bool]:
    """Up to `limit` verdicts, newest first, and whether more follow."""
    query = sa.select(feedback).where(
        *(feedback.c[name] == value for name, value in wanted.equal.items()),
    )
    if wanted.since is not None:
        query = query.where(feedback.c.created_at >= wanted.since)
    if before is not None:
        query = query.where(sa.tuple_(*_ORDER) < sa.tuple_(*map(sa.literal, before)))
    query = query.order_by(*(column.desc() for column in _ORDER)).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    return rows[:limit], len(rows) > limit
