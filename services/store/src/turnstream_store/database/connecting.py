"""How connections to Postgres are made, for both pools alike."""

from typing import Any

import asyncpg
import orjson
from sqlalchemy import AsyncAdaptedQueuePool, PoolProxiedConnection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from turnstream_store.database.address import address, arguments, connect
from turnstream_store.database.metrics import WAIT
from turnstream_store.database.row_security import RowSecurity, TenantConnection
from turnstream_store.settings import StoreSettings

_SERVER_SETTINGS = {
    "statement_timeout": "15s",  # longer than any query of ours, shorter than a client waits
    "lock_timeout": "5s",
    "timezone": "UTC",
}
_HOT_SETTINGS = _SERVER_SETTINGS | {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_sort": "off",
}
"""Hot statements are planned once for each connection, perhaps while a table is empty or before it
is analysed. Each is written for an index and its order: these settings hold Postgres to it."""
_CONNECT_TIMEOUT = 5.0
ACQUIRE_TIMEOUT = 5.0
"""Seconds to wait for a connection while all are used."""
CONNECTION_LIFE = 1800.0
"""Seconds. A connection is replaced then, so that none outlives a failover for long."""
_IDLE_LIFE = 60.0
"""Seconds after which a connection that no request uses is closed: those of a peak are not kept."""


def _options(
    settings: StoreSettings, server_settings: dict[str, str] = _SERVER_SETTINGS
) -> dict[str, Any]:
    return address(settings.database_url)[1] | {
        "timeout": _CONNECT_TIMEOUT,
        "server_settings": server_settings | {"search_path": settings.search_path},
        "connection_class": TenantConnection,
    }


async def create_pool(
    settings: StoreSettings, engine: AsyncEngine, security: RowSecurity, size: int
) -> Any:
    """asyncpg's pool, with the address that the engine reads from its URL."""
    return await asyncpg.create_pool(
        **arguments(engine.url),
        connect=connect,
        min_size=0,
        max_size=size,
        max_queries=0x7FFFFFFF,  # age alone ends a connection
        max_inactive_connection_lifetime=_IDLE_LIFE,
        **_options(settings, _HOT_SETTINGS),
        init=security.enter,
        reset=_keep_as_it_is,
    )


async def _keep_as_it_is(_: object) -> None:
    """Reset nothing between two users: a connection knows whose rows it reaches, no statement of
    ours changes another setting, and asyncpg has ended a transaction that was left open. Its
    `RESET ALL` would be one round trip a request.
    """


class _TimedPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool, which tells Prometheus how long a session waits for its connection."""

    def connect(self) -> PoolProxiedConnection:
        """Part of SQLAlchemy."""
        with WAIT.labels(self.logging_name, "sessions").time():
            return super().connect()


def create_engine(
    settings: StoreSettings, security: RowSecurity, size: int, name: str
) -> AsyncEngine:
    """An engine with a bounded pool and timeouts. Connects when first used."""
    engine = create_async_engine(
        address(settings.database_url)[0],
        poolclass=_TimedPool,
        pool_logging_name=name,
        pool_size=size,
        hide_parameters=True,  # an error is logged, and they are what users wrote
        max_overflow=0,
        pool_timeout=ACQUIRE_TIMEOUT,
        pool_recycle=int(CONNECTION_LIFE),
        pool_use_lifo=True,  # a backend that has just worked is warm
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args=_options(settings) | {"async_creator_fn": connect},
    )

    def prepare(connection: Any, _: object) -> None:
        connection.run_async(_keep_json_as_text)
        connection.run_async(security.enter)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


async def _keep_json_as_text(driver: Any) -> None:
    """Undo SQLAlchemy's parsing of `json` columns in the driver: payloads are opaque here."""
    await driver.set_type_codec(
        "json", encoder=str.encode, decoder=bytes.decode, schema="pg_catalog", format="binary"
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
