"""The engine, and the two ways to a connection: one statement, or a transaction committed at the
edge.

On either, SQLAlchemy is for the statements that are composed and asyncpg itself, by `driver`, for
the few that every turn needs: a statement costs it a tenth of the processor time. Both use the
same connection, so they are in the same transaction.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from turnstream.errors import BadRequest, Unavailable

from store.settings import StoreSettings

_STATEMENT_TIMEOUT = "15s"
"""Longer than any query of ours should take, shorter than a client waits for an answer."""
_LOCK_TIMEOUT = "5s"
_CONNECTION_LIFE = 1800
"""Seconds. A connection is replaced then, so that none outlives a failover or grows for ever."""

_NO_ANSWER = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    OperationalError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used while it still reads the last words of a dying server
)


_returning: set[asyncio.Task[None]] = set()
"""Connections on their way back to the pool; the loop itself would forget them."""


class Clash(Unavailable):
    """Somebody else wrote first what this request was about to write: a unique or foreign key
    refused it. Who tries again finds what they wrote.
    """


def create_engine(settings: StoreSettings) -> AsyncEngine:
    """An engine with bounded pool and timeouts. Connects when first used.

    AUTOCOMMIT, because `transaction` begins and commits, not SQLAlchemy.
    """
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=settings.database_pool,
        pool_timeout=5,
        pool_recycle=_CONNECTION_LIFE,
        pool_use_lifo=True,  # a backend that has just worked is warm
        isolation_level="AUTOCOMMIT",
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


def driver(connection: AsyncConnection) -> Any:
    """The `asyncpg.Connection` under a connection. It reads `json` as text, and `jsonb` parsed."""
    assert connection.sync_connection is not None
    return connection.sync_connection.connection.driver_connection


@asynccontextmanager
async def statement(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One request, one statement, which is its own transaction: no BEGIN, no COMMIT.

    A database that is not there, shuts down, or gives up waiting becomes `Unavailable`, a row
    that is there already `Clash`, and text that no column can hold `BadRequest`.
    """
    try:
        connection = await engine.connect()
        held = driver(connection)  # now: a connection that failed would not tell
        try:
            yield connection
        except (asyncio.CancelledError, *_NO_ANSWER):
            held.terminate()  # whatever it was at may still go on in it
            raise
        finally:
            _give_back(connection)
    except _NO_ANSWER as error:
        raise Unavailable("The database does not answer.") from error
    except (DBAPIError, asyncpg.PostgresError) as error:
        named = _named(error)
        if named is None:
            raise
        raise named from error


def _give_back(connection: AsyncConnection) -> None:
    """Return a connection to the pool while whoever asked gets the answer.

    The pool's size bounds how many are on their way. What they meet there is no longer the
    request's concern: asyncio logs it, and the pool replaces what is closed.
    """
    task = asyncio.create_task(connection.close())
    _returning.add(task)
    task.add_done_callback(_returning.discard)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One request, one transaction: commits on leaving, rolls back on any exception.

    Raises what `statement` raises.
    """
    async with statement(engine) as connection:
        held = driver(connection)
        begun = held.transaction()
        await begun.start()
        try:
            yield connection
        except Exception:
            if not held.is_closed():
                await begun.rollback()
            raise
        await begun.commit()


def _named(error: DBAPIError | asyncpg.PostgresError) -> Exception | None:
    """Our name for a failure, by SQLSTATE; None for one that is a mistake of ours.

    A second try may help after 08 connection, 40 serialization and deadlock, 53 resources,
    55P03 lock timeout, 57 shutdown and cancel.
    """
    state = _sqlstate(error)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state[:2] in {"08", "40", "53", "57"} or state == "55P03":
        return Unavailable("The database does not answer.")
    if state in {"23503", "23505"}:
        return Clash("The same is being written at this moment.")
    if state.startswith("22"):
        return BadRequest("The request holds text that cannot be stored.")
    return None


def _sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or "")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
