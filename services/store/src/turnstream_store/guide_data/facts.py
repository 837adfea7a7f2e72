"""Queries on facts."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import SaveFact

from turnstream_store.database.columns import Row
from turnstream_store.guide_data.tables import facts

PAGE = 200
"""Facts listed at most: the newest ones."""


async def add(connection: AsyncConnection, owner: str, fact: SaveFact) -> Row | None:
    """Add a fact; the same id again changes nothing. None when the id is somebody else's."""
    statement = insert(facts).values(
        id=fact.id, owner=owner, text=fact.text, status="pending", thread_id=fact.thread_id
    )
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    query = sa.select(facts).where(facts.c.id == fact.id, facts.c.owner == owner)
    return (await connection.execute(query)).one_or_none()


async def newest(connection: AsyncConnection, owner: str) -> Sequence[Row]:
    """The owner's facts, newest first, without discarded ones."""
    query = (
        sa.select(facts)
        .where(facts.c.owner == owner, facts.c.status != "discarded")
        .order_by(facts.c.created_at.desc(), facts.c.id.desc())
        .limit(PAGE)
    )
    return (await connection.execute(query)).all()


async def set_status(
    connection: AsyncConnection, owner: str, fact_id: str, status: str
) -> Row | None:
    """Change the status of a fact of the owner's; None when there is none."""
    query = (
        sa.update(facts)
        .where(facts.c.id == fact_id, facts.c.owner == owner)
        .values(status=status)
        .returning(facts)
    )
    return (await connection.execute(query)).one_or_none()
