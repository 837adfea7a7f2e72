"""Queries on tenants, and on sessions that are over."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from turnstream_store.identity.tables import SessionRow, TenantRow

own_retention: sa.ColumnElement[timedelta] = sa.cast(
    sa.cast(col(TenantRow.settings), sa.JSON)["retention"].as_string(), sa.Interval
)
"""How long a tenant keeps its threads; NULL where the deployment says it."""


async def tenants(session: AsyncSession, limit: int) -> Sequence[TenantRow]:
    """Tenants with settings of their own, by name."""
    query = select(TenantRow).order_by(col(TenantRow.tenant)).limit(limit)
    return (await session.exec(query)).all()


async def tenant(session: AsyncSession, name: str) -> TenantRow | None:
    """A tenant with settings of its own."""
    query = select(TenantRow).where(TenantRow.tenant == name)
    return (await session.exec(query)).one_or_none()


async def set_tenant(session: AsyncSession, name: str, settings: str) -> None:
    """Give a tenant these settings."""
    statement = insert(TenantRow).values({TenantRow.tenant: name, TenantRow.settings: settings})
    changed = {
        col(TenantRow.settings): statement.excluded.settings,
        col(TenantRow.updated_at): sa.func.now(),
    }
    await session.exec(
        statement.on_conflict_do_update(index_elements=[col(TenantRow.tenant)], set_=changed)
    )


async def purge_sessions(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete sessions that ended longer ago than the retention; how many were deleted."""
    old = select(SessionRow.id).where(col(SessionRow.expires_at) < sa.func.now() - retention)
    query = delete(SessionRow).where(col(SessionRow.id).in_(old.limit(limit)))
    return (await session.exec(query)).rowcount
