"""The two ways to the database: one statement, or a transaction committed at the edge; and the
names of what may fail there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.errors import BadRequest, Unavailable

from store.connections import connections_of, driver
from store.settings import StoreSettings

_NO_ANSWER = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    OperationalError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used while it still reads the last words of a dying server
)


class Clash(Unavailable):
    """Somebody else wrote first what this request was about to write: a unique or foreign key
    refused it. Who tries again finds what they wrote.
    """


class Database:
    """Postgres. Connects when first used."""

    def __init__(self, settings: StoreSettings) -> None:
        self._connections = connections_of(settings)

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """One request, one statement, which is its own transaction: no BEGIN, no COMMIT.

        A database that is not there, shuts down, or gives up waiting becomes `Unavailable`, a row
        that is there already `Clash`, and text that no column can hold `BadRequest`.
        """
        try:
            connection = await self._connections.take()
            held = driver(connection)  # now: a connection that failed would not tell
            try:
                yield connection
            except (asyncio.CancelledError, *_NO_ANSWER):
                held.terminate()  # whatever it was at may still go on in it
                raise
            finally:
                self._connections.give_back(connection)
        except _NO_ANSWER as error:
            raise Unavailable("The database does not answer.") from error
        except (DBAPIError, asyncpg.PostgresError) as error:
            named = _named(error)
            if named is None:
                raise
            raise named from error

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
