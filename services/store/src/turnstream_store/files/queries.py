"""Queries on files: which bytes are kept for whom, and which nobody needs any more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from turnstream_store.files.tables import attachments, files

ON_THE_WAY = timedelta(minutes=10)
"""Longer than a gateway takes over an upload: bytes that come late still have their row."""


class Kept(NamedTuple):
    """What a user keeps."""

    size: int
    """Bytes of all their files."""
    unsent: int
    """Files that are in no thread."""


async def kept_by(connection: AsyncConnection, owner: str) -> Kept:
    """What a user keeps; until we commit nobody else counts for them."""
    await connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(owner, _COUNTING)))
    )
    unsent = sa.func.count().filter(files.c.thread_id.is_(None))
    query = sa.select(sa.func.coalesce(sa.func.sum(files.c.size), 0), unsent)
    size, count = (await connection.execute(query.where(files.c.owner == owner))).one()
    return Kept(int(size), count)


async def insert(
    connection: AsyncConnection, owner: str, key: str, size: int, keep: timedelta
) -> None:
    """A file whose bytes are about to come, kept for a while until it is bound to a thread."""
    values = {"key": key, "owner": owner, "size": size, "keep_until": sa.func.now() + keep}
    await connection.execute(sa.insert(files).values(values))


async def expect(
    connection: AsyncConnection, owner: str, key: str, size: int, keep: timedelta
) -> bool:
    """A file whose bytes are about to come, once more or for the first time, kept for a while.

    False when the key is somebody else's.
    """
    keep_until = sa.func.now() + keep
    insert = postgresql.insert(files).values(
        {"key": key, "owner": owner, "size": size, "keep_until": keep_until}
    )
    upsert = insert.on_conflict_do_update(
        index_elements=[files.c.key],
        set_={"keep_until": keep_until, "size": size},
        where=files.c.owner == owner,
    )
    return bool((await connection.execute(upsert)).rowcount)


async def size_of(connection: AsyncConnection, owner: str, key: str) -> int | None:
    """How large a file of the owner's is; None when there is none."""
    query = sa.select(files.c.size).where(files.c.key == key, files.c.owner == owner)
    return await connection.scalar(query)


async def arrived(connection: AsyncConnection, key: str, size: int) -> bool:
    """The bytes are there; False when they were there before."""
    query = sa.update(files).where(files.c.key == key, ~files.c.uploaded)
    return bool((await connection.execute(query.values(uploaded=True, size=size))).rowcount)


async def bind(connection: AsyncConnection, key: str, thread_id: str) -> bool:
    """Keep a file as long as its thread, and no longer; False while its bytes are missing."""
    query = sa.update(files).where(files.c.key == key, files.c.uploaded)
    bound = await connection.execute(query.values(thread_id=thread_id, keep_until=sa.func.now()))
    return bool(bound.rowcount)


async def release(connection: AsyncConnection, key: str) -> None:
    """Nobody needs this file. One whose bytes may still be on their way is waited for."""
    query = sa.update(files).where(files.c.key == key)
    soon = sa.case((files.c.uploaded, sa.func.now()), else_=sa.func.now() + ON_THE_WAY)
    await connection.execute(query.values(thread_id=None, keep_until=soon))


async def forget_unsent(connection: AsyncConnection, limit: int) -> None:
    """Delete the metadata of attachments that were never sent, once their time has passed."""
    late = sa.select(files.c.key).where(*_OVERDUE).limit(limit)
    await connection.execute(
        sa.delete(attachments).where(
            attachments.c.file_key.in_(late),
            # Asked again of a row that was bound while we waited for its lock.
            attachments.c.thread_id.is_(None),
        )
    )


async def orphans(connection: AsyncConnection, limit: int) -> Sequence[str]:
    """Keys that nothing refers to any more, the longest overdue first."""
    used = sa.exists().where(attachments.c.file_key == files.c.key)
    query = sa.select(files.c.key).where(*_OVERDUE, ~used)
    return (await connection.scalars(query.order_by(files.c.keep_until).limit(limit))).all()


async def delete(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Forget files whose bytes are deleted."""
    await connection.execute(sa.delete(files).where(files.c.key.in_(keys)))


async def postpone(connection: AsyncConnection, keys: Sequence[str], delay: timedelta) -> None:
    """Leave files alone for a while."""
    query = sa.update(files).where(files.c.key.in_(keys))
    await connection.execute(query.values(keep_until=sa.func.now() + delay))


_COUNTING = 1
"""Seed of the advisory lock that counting takes: another use of such locks takes another."""
_OVERDUE = (files.c.thread_id.is_(None), files.c.keep_until < sa.func.now())
