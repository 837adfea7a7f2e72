"""The pools of connections to Postgres, and the transactions on them.

Statements that every turn needs are raw SQL: asyncpg runs them from a pool of its own, where one
costs a tenth of the processor time that it costs in a session. All others are SQLModel's, in a
session with SQLAlchemy's pool.

There are two of either kind: one for what is done for a tenant, one for cross-tenant access.
However many requests wait for a connection of the first, turns are claimed, leases renewed and dead
turns swept up.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self, cast

import asyncpg
from sqlalchemy import QueuePool, event
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from turnstream_store.database import metrics
from turnstream_store.database.connecting import (
    ACQUIRE_TIMEOUT,
    CONNECTION_LIFE,
    create_engine,
    create_pool,
)
from turnstream_store.database.data_role import ALL_TENANTS
from turnstream_store.database.failures import LEAVES_WORK, named_failures
from turnstream_store.database.row_security import RowSecurity
from turnstream_store.database.statements import Connection
from turnstream_store.settings import StoreSettings

_CLOSE_TIMEOUT = 5.0
"""Seconds that a connection in use may delay the end of the process."""


class TenantDatabase:
    """What one tenant has in the database; or all of them, see `Database.all_tenants`.

    All three ways raise what `named_failures` names.
    """

    def __init__(self, pools: "Pools", tenant: str) -> None:
        self._pools = pools
        self._tenant = tenant

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for hot statements, each of which is its own transaction."""
        with named_failures():
            connection = await self._pools.acquire()
            try:
                await connection.set_tenant(self._tenant)
                yield connection
            except LEAVES_WORK:
                with suppress(asyncpg.InterfaceError):  # it may be closed already
                    connection.terminate()
                raise
            finally:
                await self._pools.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction of hot statements. Commits at the end, rolls back on any exception."""
        async with self.connection() as connection:
            transaction: Any = connection.transaction()  # type: ignore[attr-defined]  # asyncpg's
            await transaction.start()
            try:
                yield connection
            except Exception:  # raised again; a cancelled one is cut off by `connection`
                with suppress(asyncpg.InterfaceError):  # a closed connection has nothing to undo
                    await transaction.rollback()
                raise
            await transaction.commit()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction of SQLModel's. Commits at the end, rolls back on any exception.

        A query always tells what the database holds, also of rows that were loaded before: nothing
        is kept in the session but changes that are yet to be written.
        """
        with named_failures():
            async with AsyncSession(
                self._pools.engine,
                sync_session_class=_TenantSession,
                info={"tenant": self._tenant},
                expire_on_commit=False,
                execution_options={"populate_existing": True, "synchronize_session": False},
            ) as session:
                yield session
                await session.commit()


class Pools:
    """A pool of connections for hot statements, and one for sessions."""

    def __init__(
        self, settings: StoreSettings, security: RowSecurity, name: str, size: int, life: float
    ) -> None:
        self._settings = settings
        self._security = security
        self._name = name
        self._size = size
        self._life = life
        self.engine = create_engine(settings, security, size, name)
        self._pool: Any = None  # asyncpg has no types
        self._replace_at = 0.0

    async def open(self) -> None:
        """Prepare to connect."""
        self._pool = await create_pool(self._settings, self.engine, self._security, self._size)
        self._replace_at = time.monotonic() + self._life
        self._wait = metrics.WAIT.labels(self._name, "statements")
        pool, sessions = self._pool, cast(QueuePool, self.engine.pool)
        for kind, used in {
            "statements": lambda: pool.get_size() - pool.get_idle_size(),
            "sessions": sessions.checkedout,
        }.items():
            metrics.USED.labels(self._name, kind).set_function(used)
            metrics.MOST.labels(self._name, kind).set(self._size)

    async def close(self) -> None:
        """Close every connection."""
        with suppress(TimeoutError):  # asyncpg has terminated the connections then
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._pool.close()
        await self.engine.dispose()

    async def acquire(self) -> Any:
        """A connection of the pool, which still reaches the rows of its last tenant."""
        if time.monotonic() > self._replace_at:
            self._replace_at = time.monotonic() + self._life
            await self._pool.expire_connections()
        with self._wait.time():
            async with asyncio.timeout(ACQUIRE_TIMEOUT):
                return await self._pool.acquire()

    async def release(self, connection: Any) -> None:
        """Give a connection back."""
        await self._pool.release(connection)


class Database:
    """Postgres. Connects when first used; enter it before, and leave it to close what is open.

    Nothing is reached without saying whose it is: `of` a tenant, or of `all_tenants`.
    """

    def __init__(self, settings: StoreSettings, life: float = CONNECTION_LIFE) -> None:
        self.row_security = RowSecurity(settings.row_security)
        half = max(1, settings.database_pool // 2)
        rest = max(1, settings.database_pool - half)
        self._tenants = Pools(settings, self.row_security, "tenants", rest, life)
        self._all_tenants = Pools(settings, self.row_security, "everyone", half, life)

    def of(self, tenant: str) -> TenantDatabase:
        """The rows of one tenant. With row-level security, no query sees those of others."""
        return TenantDatabase(self._tenants, tenant)

    def all_tenants(self) -> TenantDatabase:
        """Cross-tenant access, for system duties and operators. A test lists the callers."""
        return TenantDatabase(self._all_tenants, ALL_TENANTS)

    async def __aenter__(self) -> Self:
        await self._tenants.open()
        await self._all_tenants.open()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._all_tenants.close()
        await self._tenants.close()


class _TenantSession(Session):
    """A session whose connection reaches the rows of one tenant: `info["tenant"]`."""


@event.listens_for(_TenantSession, "after_begin")
def _set_tenant(session: _TenantSession, _transaction: object, connection: Any) -> None:
    """Part of SQLAlchemy: the session has a connection, on which the driver begins no transaction
    before the first statement.
    """
    tenant, adapted = session.info["tenant"], connection.connection
    if adapted.driver_connection.tenant != tenant:
        adapted.run_async(lambda driver: driver.set_tenant(tenant))
