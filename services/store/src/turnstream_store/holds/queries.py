"""Queries on legal holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.owners import OwnedRow, owned_by
from turnstream_store.holds.tables import ALL_USERS, HoldRow


def is_held(table: type[OwnedRow]) -> sa.ColumnElement[bool]:
    """The condition of a query that a row is its user's or its tenant's on hold."""
    return sa.exists().where(
        col(HoldRow.tenant) == table.tenant, col(HoldRow.owner).in_((ALL_USERS, table.owner))
    )


async def holds_on(session: AsyncSession, owner: Owner) -> bool:
    """True while the user, or the whole tenant, is on hold."""
    names = col(HoldRow.owner).in_((ALL_USERS, owner.user))
    query = select(HoldRow.owner).where(HoldRow.tenant == owner.tenant, names).limit(1)
    return (await session.exec(query)).first() is not None


async def place(session: AsyncSession, owner: Owner) -> HoldRow:
    """Place a hold; one that is there stays as it is."""
    values = {HoldRow.tenant: owner.tenant, HoldRow.owner: owner.user}
    await session.exec(insert(HoldRow).values(values).on_conflict_do_nothing())
    query = select(HoldRow).where(*owned_by(HoldRow, owner))
    return (await session.exec(query)).one()


async def release(session: AsyncSession, owner: Owner) -> bool:
    """End a hold; False when there was none."""
    return bool((await session.exec(delete(HoldRow).where(*owned_by(HoldRow, owner)))).rowcount)


async def newest(session: AsyncSession, limit: int) -> Sequence[HoldRow]:
    """Holds, newest first."""
    query = select(HoldRow).order_by(col(HoldRow.placed_at).desc(), col(HoldRow.owner))
    return (await session.exec(query.limit(limit))).all()
