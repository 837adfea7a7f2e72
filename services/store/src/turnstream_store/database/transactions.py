"""The two ways to the database: one statement, or a transaction committed at the edge; and the
names of what may fail there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.errors import BadRequest, Unavailable

from turnstream_store.database.connections import Connections, connections_of, driver
from turnstream_store.settings import StoreSettings

_NO_ANSWER = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    OperationalError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used while it still reads the last words of a dying server
)
_FAILURES = (*_NO_ANSWER, DBAPIError, asyncpg.PostgresError)
_LEAVES_WORK = (asyncio.CancelledError, *_NO_ANSWER)


class WriteConflict(Unavailable):
    """Another request wrote first what this one was about to write: a unique or foreign key refused
    it. A second try finds what the other request wrote.
    """


class _Statement:
    """A connection for the length of a block, and the names of what may fail in it.

    A class, for every request comes through here: `contextmanager` takes three times as long in a
    process that has slept.
    """

    __slots__ = ("_connection", "_connections", "_held")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> AsyncConnection:
        try:
            self._connection = await self._connections.take()
        except _FAILURES as error:
            named = _named(error)
            if named is None:
                raise
            raise named from error
        self._held = driver(self._connection)  # now: a connection that failed would not tell
        return self._connection

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, _LEAVES_WORK):
                self._held.terminate()  # whatever it was at may still go on in it
        finally:
            self._connections.give_back(self._connection)
        named = _named(error) if isinstance(error, _FAILURES) else None
        if named is not None:
            raise named from error


class Database:
    """Postgres. Connects when first used."""

    def __init__(self, settings: StoreSettings) -> None:
        self._connections = connections_of(settings)

    def statement(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One request, one statement, which is its own transaction: no BEGIN, no COMMIT.

        A database that is not there, shuts down, or gives up waiting becomes `Unavailable`, a row
        that is there already `WriteConflict`, and text that no column can hold `BadRequest`.
        """
        return _Statement(self._connections)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One request, one transaction: commits on leaving, rolls back on any exception.

        Raises what `statement` raises.
        """
        async with self.statement() as connection:
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

    async def aclose(self) -> None:
        """Close the connections that nobody uses."""
        await self._connections.aclose()


def _named(error: BaseException) -> Exception | None:
    """Our name for one of `_FAILURES`, by SQLSTATE; None for one that is a mistake of ours.

    A second try may help after 08 connection, 40 serialization and deadlock, 53 resources,
    55P03 lock timeout, 57 shutdown and cancel.
    """
    if isinstance(error, _NO_ANSWER):
        return Unavailable("The database does not answer.")
    state = _sqlstate(error)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state[:2] in {"08", "40", "53", "57"} or state == "55P03":
        return Unavailable("The database does not answer.")
    if state in {"23503", "23505"}:
        return WriteConflict("The same is being written at this moment.")
    if state.startswith("22"):
        return BadRequest("The request holds text that cannot be stored.")
    return None


def _sqlstate(error: BaseException) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or "")
