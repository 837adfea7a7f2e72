"""Queries on facts."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import SaveFact

from turnstream_store.database.owners import owned_by
from turnstream_store.guide_data.tables import FactRow

PAGE = 200
"""Facts listed at most: the newest ones."""


async def load(session: AsyncSession, owner: Owner, fact_id: str) -> FactRow | None:
    """A fact of the owner's."""
    query = select(FactRow).where(FactRow.id == fact_id, *owned_by(FactRow, owner))
    return (await session.exec(query)).one_or_none()


async def has_room(session: AsyncSession, owner: Owner, limit: int) -> bool:
    """True when the owner has fewer facts than the limit."""
    query = select(FactRow.id).where(*owned_by(FactRow, owner)).offset(limit - 1).limit(1)
    return (await session.exec(query)).first() is None


async def add(session: AsyncSession, owner: Owner, fact: SaveFact) -> None:
    """Add a fact; an id that exists changes nothing."""
    statement = insert(FactRow).values(
        {
            FactRow.id: fact.id,
            FactRow.tenant: owner.tenant,
            FactRow.owner: owner.user,
            FactRow.text: fact.text,
            FactRow.status: "pending",
            FactRow.thread_id: fact.thread_id,
        }
    )
    await session.exec(statement.on_conflict_do_nothing(index_elements=[col(FactRow.id)]))


async def newest(session: AsyncSession, owner: Owner) -> Sequence[FactRow]:
    """The owner's facts, newest first, without discarded ones."""
    query = (
        select(FactRow)
        .where(*owned_by(FactRow, owner), FactRow.status != "discarded")
        .order_by(col(FactRow.created_at).desc(), col(FactRow.id).desc())
        .limit(PAGE)
    )
    return (await session.exec(query)).all()


async def purge_discarded(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete facts that were discarded and are older than this; how many were deleted."""
    is_old = col(FactRow.created_at) < sa.func.now() - retention
    old = select(FactRow.id).where(FactRow.status == "discarded", is_old).limit(limit)
    return (await session.exec(delete(FactRow).where(col(FactRow.id).in_(old)))).rowcount
