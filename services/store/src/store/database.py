"""The engine, and the one way to a connection: a transaction, committed at the edge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from turnstream.errors import BadRequest, Unavailable

from store.settings import StoreSettings

_STATEMENT_TIMEOUT = "15s"
"""Longer than any query of ours should take, shorter than a client waits for an answer."""
_LOCK_TIMEOUT = "5s"


def create_engine(settings: StoreSettings) -> AsyncEngine:
    """An engine with bounded pool and timeouts. Connects when first used."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=settings.database_pool,
        pool_timeout=5,
        pool_pre_ping=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "statement_timeout": _STATEMENT_TIMEOUT,
                "lock_timeout": _LOCK_TIMEOUT,
                "timezone": "UTC",
            },
        },
    )
    event.listen(engine.sync_engine, "connect", _keep_json_as_text)
    return engine


def _keep_json_as_text(connection: Any, _: object) -> None:
    """Undo SQLAlchemy's parsing of `json` columns in the driver: payloads are opaque here."""
    connection.run_async(
        lambda driver: driver.set_type_codec(
            "json", encoder=str.encode, decoder=bytes.decode, schema="pg_catalog", format="binary"
        )
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One request, one transaction: commits on leaving, rolls back on any exception.

    A database that is not there, shuts down, or gives up waiting becomes `Unavailable`.
    """
    try:
        async with engine.begin() as connection:
            yield connection
    except (OSError, TimeoutError, PoolTimeoutError, InterfaceError, OperationalError) as error:
        raise Unavailable("The database does not answer.") from error
    except DBAPIError as error:
        if error.connection_invalidated or _passing(error):
            raise Unavailable("The database does not answer.") from error
        if _sqlstate(error).startswith("22"):
            raise BadRequest("The request holds text that cannot be stored.") from error
        raise


def _passing(error: DBAPIError) -> bool:
    """True for failures that a second try may not meet, by SQLSTATE class.

    08 connection, 40 serialization and deadlock, 53 resources, 55P03 lock timeout, 57 shutdown
    and cancel.
    """
    state = _sqlstate(error)
    return state[:2] in {"08", "40", "53", "57"} or state == "55P03"


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
