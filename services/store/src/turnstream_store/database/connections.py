"""Connections to Postgres: a pool bounds them, and most requests need nothing else of it.

A connection serves two drivers, SQLAlchemy for the statements that are composed and asyncpg
itself, by `driver`, for the few that every turn needs: a statement costs it a tenth of the
processor time. Both are in the same transaction.
"""

import asyncio
import time
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from turnstream_store.settings import StoreSettings

_STATEMENT_TIMEOUT = "15s"
"""Longer than any query of ours should take, shorter than a client waits for an answer."""
_LOCK_TIMEOUT = "5s"
_CONNECTION_LIFE = 1800
"""Seconds. A connection is replaced then, so that none outlives a failover or grows for ever."""

_PATIENCE = 5.0
"""Seconds to wait for a connection while all are used."""
_AWAY = 60.0
"""Seconds that a connection may be away from the pool, which replaces those that are old."""


class Connections:
    """The connections of an engine, the one used last first.

    What comes back is kept at hand: SQLAlchemy's way to its pool and back takes a quarter of a
    millisecond in a process that has slept, more than all else a statement needs there. The pool
    makes them, cleans them, and replaces them.

    Whoever uses a connection, or sends one back to the pool, holds one of `most` places; so there
    is always room in the pool, and nobody waits anywhere but for a place. A place is free only
    after its connection lies at hand or in the pool.
    """

    def __init__(self, engine: AsyncEngine, most: int, away: float = _AWAY) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(most)
        self._away = away
        self._at_hand: list[AsyncConnection] = []
        self._since: dict[AsyncConnection, float] = {}
        """When each that is away from the pool left it, by the monotonic clock."""
        self._returning: set[asyncio.Task[None]] = set()

    async def take(self) -> AsyncConnection:
        """One that is open, as far as its socket tells.

        Raises `TimeoutError` when none was free for five seconds, and what connecting raises.
        """
        if self._places.locked():
            async with asyncio.timeout(_PATIENCE):
                await self._places.acquire()
        else:
            await self._places.acquire()  # at once: a timeout would cost more than it does
        try:
            while self._at_hand:
                connection = self._at_hand.pop()
                if not driver(connection).is_closed():
                    return connection
                await self._send_back(connection)
            connection = await self._engine.connect()
        except BaseException:
            self._places.release()
            raise
        self._since[connection] = time.monotonic()
        return connection

    def give_back(self, connection: AsyncConnection) -> None:
        """Take back what `take` gave, in whatever state it is, once whoever used it has gone on."""
        asyncio.get_running_loop().call_soon(self._keep, connection)

    def _keep(self, connection: AsyncConnection) -> None:
        """Whatever fails here, the place is free in the end, and the loop logs what it was."""
        left: AsyncConnection | None = connection
        try:
            if _can_be_kept(connection):
                self._at_hand.append(connection)
                left = self._overdue()
        finally:
            if left is None:
                self._places.release()
            else:
                task = asyncio.create_task(self._send_back(left))
                self._returning.add(task)  # the loop itself would forget it
                task.add_done_callback(self._returning.discard)
                task.add_done_callback(lambda _: self._places.release())

    def _overdue(self) -> AsyncConnection | None:
        """The one at the bottom, which is seldom used, if it has been away for too long.

        One for each that comes back is enough: the sweeper uses one every other second.
        """
        if time.monotonic() - self._since[self._at_hand[0]] <= self._away:
            return None
        return self._at_hand.pop(0)

    async def aclose(self) -> None:
        """Close all that nobody uses."""
        await asyncio.sleep(0)  # for what was given back just now
        while self._at_hand:
            await self._send_back(self._at_hand.pop())
        await asyncio.gather(*self._returning, return_exceptions=True)
        await self._engine.dispose()

    async def _send_back(self, connection: AsyncConnection) -> None:
        del self._since[connection]
        if not connection.invalidated:
            held = driver(connection)
            if not held.is_closed() and held.is_in_transaction():
                held.terminate()  # SQLAlchemy knows of no transaction, and would leave it open
        await connection.close()


def _can_be_kept(connection: AsyncConnection) -> bool:
    """True for one that is open, and in no transaction. What SQLAlchemy calls one is ended here:
    under AUTOCOMMIT the server knows nothing of it, and there is nothing to wait for.
    """
    if connection.invalidated:
        return False
    held = driver(connection)
    if held.is_closed() or held.is_in_transaction():
        return False
    if connection.sync_connection is not None and connection.in_transaction():
        connection.sync_connection.rollback()
    return True


def connections_of(settings: StoreSettings) -> Connections:
    """As many as the pool may have: those it holds, and as many again."""
    return Connections(create_engine(settings), 2 * settings.database_pool)


def create_engine(settings: StoreSettings) -> AsyncEngine:
    """An engine with bounded pool and timeouts. Connects when first used.

    AUTOCOMMIT, because `transaction` begins and commits, not SQLAlchemy.
    """
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=settings.database_pool,
        pool_timeout=_PATIENCE,
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


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
