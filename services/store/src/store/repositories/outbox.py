"""Queries on the outbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import SendEmail

from store.models import Row, outbox

PAGE = 200
"""Emails listed at most: the newest ones."""


async def add(connection: AsyncConnection, owner: str, email: SendEmail) -> Row | None:
    """Add an email; the same id again changes nothing. None when the id is somebody else's."""
    statement = insert(outbox).values(owner=owner, **email.model_dump())
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    query = sa.select(outbox).where(outbox.c.id == email.id, outbox.c.owner == owner)
    return (await connection.execute(query)).one_or_none()


async def newest(connection: AsyncConnection, owner: str) -> Sequence[Row]:
    """The owner's emails, newest first."""
    query = (
        sa.select(outbox)
        .where(outbox.c.owner == owner)
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
        .limit(PAGE)
    )
    return (await connection.execute(query)).all()
