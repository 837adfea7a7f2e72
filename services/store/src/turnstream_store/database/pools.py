"""The two pools of connections to Postgres, and the transactions on them.

Statements that every turn needs are raw SQL: asyncpg runs them from a pool of its own, where one
costs a tenth of the processor time that it costs in a session. All others are SQLModel's, in a
session with SQLAlchemy's pool.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from turnstream_store.database.failures import LEAVES_WORK, named_failures
from turnstream_store.database.statements import Connection
from turnstream_store.settings import StoreSettings

_SERVER_SETTINGS = {
    "statement_timeout": "15s",  # longer than any query of ours, shorter than a client waits
    "lock_timeout": "5s",
    "timezone": "UTC",
}
_CONNECT_TIMEOUT = 5.0
_ACQUIRE_TIMEOUT = 5.0
"""Seconds to wait for a connection while all are used."""
_IDLE_LIFE = 60.0
"""Seconds after which a connection that no request uses is closed: those of a peak are not kept."""
_CONNECTION_LIFE = 1800.0
"""Seconds. A connection is replaced then, so that none outlives a failover for long."""
_CLOSE_TIMEOUT = 5.0
"""Seconds that a connection in use may delay the end of the process."""


class Database:
    """Postgres. Connects when first used; enter it before, and leave it to close what is open.

    All three ways raise what `named_failures` names.
    """

    def __init__(self, settings: StoreSettings, life: float = _CONNECTION_LIFE) -> None:
        self._most = settings.database_pool
        self._life = life
        self._engine = create_engine(settings)
        self._search_path = settings.search_path
        self._pool: Any = None  # asyncpg has no types
        self._replace_at = 0.0

    async def __aenter__(self) -> Self:
        self._pool = await _create_pool(self._engine, self._most, self._search_path)
        self._replace_at = time.monotonic() + self._life
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        with suppress(TimeoutError):  # asyncpg has terminated the connections then
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._pool.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for hot statements, each of which is its own transaction."""
        with named_failures():
            connection = await self._acquire()
            try:
                yield connection
            except LEAVES_WORK:
                with suppress(asyncpg.InterfaceError):  # it may be closed already
                    connection.terminate()
                raise
            finally:
                await self._pool.release(connection)

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
                self._engine,
                expire_on_commit=False,
                execution_options={"populate_existing": True, "synchronize_session": False},
            ) as session:
                yield session
                await session.commit()

    async def _acquire(self) -> Any:
        if time.monotonic() > self._replace_at:
            self._replace_at = time.monotonic() + self._life
            await self._pool.expire_connections()
        async with asyncio.timeout(_ACQUIRE_TIMEOUT):
            return await self._pool.acquire()


async def _create_pool(engine: AsyncEngine, most: int, search_path: str) -> Any:
    """asyncpg's pool, with the address that the engine reads from its URL."""
    _, address = engine.dialect.create_connect_args(engine.url)
    return await asyncpg.create_pool(
        **address,
        min_size=0,
        max_size=most,
        max_queries=0x7FFFFFFF,  # age alone ends a connection
        max_inactive_connection_lifetime=_IDLE_LIFE,
        timeout=_CONNECT_TIMEOUT,
        server_settings=_SERVER_SETTINGS | {"search_path": search_path},
        reset=_keep_as_it_is,
    )


async def _keep_as_it_is(_: object) -> None:
    """Reset nothing between two users: no statement of ours changes a setting, and asyncpg has
    ended a transaction that was left open. Its `RESET ALL` would be one round trip a request.
    """


def create_engine(settings: StoreSettings) -> AsyncEngine:
    """An engine with a bounded pool and timeouts. Connects when first used."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_timeout=_ACQUIRE_TIMEOUT,
        pool_recycle=int(_CONNECTION_LIFE),
        pool_use_lifo=True,  # a backend that has just worked is warm
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": _CONNECT_TIMEOUT,
            "server_settings": _SERVER_SETTINGS | {"search_path": settings.search_path},
        },
    )
    event.listen(engine.sync_engine, "connect", _keep_json_as_text)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _keep_json_as_text(connection: Any, _: object) -> None:
    """Undo SQLAlchemy's parsing of `json` columns in the driver: payloads are opaque here."""
    connection.run_async(
        lambda driver: driver.set_type_codec(
            "json", encoder=str.encode, decoder=bytes.decode, schema="pg_catalog", format="binary"
        )
    )


def _refuse_closed(connection: Any, *_: object) -> None:
    """Have the pool connect anew where the server has hung up.

    Asking the socket costs nothing, where a ping before every request is three round trips. What
    it can't see fails at the first statement, as `Unavailable`.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()
