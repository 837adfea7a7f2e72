"""Queries on the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import SendEmail

from turnstream_store.database.columns import Row
from turnstream_store.guide_data.tables import outbox

PAGE = 200
"""Emails of one owner that are listed at most: the newest ones."""

_NEWEST_FIRST = (outbox.c.created_at.desc(), outbox.c.id.desc())


async def add(connection: AsyncConnection, owner: str, email: SendEmail) -> Row | None:
    """Add an email; the same id again changes nothing. None when the id is somebody else's."""
    statement = insert(outbox).values(owner=owner, **email.model_dump())
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    query = sa.select(outbox).where(outbox.c.id == email.id, outbox.c.owner == owner)
    return (await connection.execute(query)).one_or_none()


async def newest(connection: AsyncConnection, owner: str) -> Sequence[Row]:
    """The owner's emails, newest first."""
    query = sa.select(outbox).where(outbox.c.owner == owner).order_by(*_NEWEST_FIRST).limit(PAGE)
    return (await connection.execute(query)).all()


async def newest_of_all(
    connection: AsyncConnection, since: datetime | None, limit: int
) -> Sequence[Row]:
    """Everybody's emails, newest first; those since a moment, if one is given."""
    query = sa.select(outbox).order_by(*_NEWEST_FIRST).limit(limit)
    if since is not None:
        query = query.where(outbox.c.created_at >= since)
    return (await connection.execute(query)).all()


async def purge(connection: AsyncConnection, retention: timedelta, limit: int) -> int:
    """Delete emails that are older than the retention; how many went."""
    old = sa.select(outbox.c.id).where(outbox.c.created_at < sa.func.now() - retention)
    statement = sa.delete(outbox).where(outbox.c.id.in_(old.limit(limit)))
    return (await connection.execute(statement)).rowcount
