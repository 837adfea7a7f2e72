"""Connections: two drivers in one transaction, failures by name, and none handed out broken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.errors import BadRequest, Unavailable
from turnstream_store.database.connections import driver
from turnstream_store.database.transactions import Database, WriteConflict
from turnstream_store.guide_data.tables import facts
from turnstream_store.settings import StoreSettings

MORE_THAN_THERE_ARE = 3
_INSERT = "INSERT INTO facts (id, owner, text, status) VALUES ($1, 'ann', $2, 'saved')"


Write = Callable[[AsyncConnection, str, str], Awaitable[None]]
Way = Callable[[Database], AbstractAsyncContextManager[AsyncConnection]]


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[Database]:
    """A database of one connection, and one more under load."""
    database = Database(StoreSettings(database_url=emptied, database_pool=1))
    yield database
    await database.aclose()


async def add(connection: AsyncConnection, fact: str, text: str = "hi") -> None:
    """Write a row by asyncpg."""
    await driver(connection).execute(_INSERT, fact, text)


async def add_composed(connection: AsyncConnection, fact: str, text: str = "hi") -> None:
    """Write a row by SQLAlchemy."""
    row = {"id": fact, "owner": "ann", "text": text, "status": "saved"}
    await connection.execute(sa.insert(facts).values(row))


async def known(database: Database) -> list[str]:
    """The ids of all rows."""
    async with database.statement() as connection:
        return list(await connection.scalars(sa.select(facts.c.id).order_by(facts.c.id)))


async def test_both_drivers_write_in_one_transaction(database: Database) -> None:
    """What either wrote is rolled back together, or committed together."""
    with pytest.raises(RuntimeError):
        async with database.transaction() as connection:
            await add_composed(connection, "a")
            await add(connection, "b")
            raise RuntimeError
    assert await known(database) == []

    async with database.transaction() as connection:
        await add_composed(connection, "a")
        await add(connection, "b")
    assert await known(database) == ["a", "b"]


@pytest.mark.parametrize("write", [add, add_composed])
async def test_failures_have_the_same_names_on_both_drivers(
    database: Database, write: Write
) -> None:
    """A row that exists is a `WriteConflict`, a NUL a `BadRequest`; the connection is kept."""
    async with database.statement() as connection:
        await write(connection, "a", "hi")

    for text, name in (("hi", WriteConflict), ("\0", BadRequest)):
        for way in (Database.statement, Database.transaction):
            with pytest.raises(name):
                async with way(database) as connection:
                    await write(connection, "a", text)

    assert await known(database) == ["a"]


async def test_a_connection_that_was_cut_is_replaced(database: Database, emptied: str) -> None:
    """After the server has hung up, the next request does not even notice."""
    async with database.statement() as connection:
        process = await connection.scalar(sa.select(sa.func.pg_backend_pid()))
        cut = driver(connection)
    operator = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    closed = asyncio.Event()
    cut.add_termination_listener(lambda _: closed.set())
    await operator.execute("SELECT pg_terminate_backend($1)", process)
    await operator.close()
    await asyncio.wait_for(closed.wait(), 30)

    assert await known(database) == []


async def test_a_connection_cut_within_a_transaction_is_unavailable(database: Database) -> None:
    """Nothing of the transaction is kept, and the next one has a new connection."""
    with pytest.raises(Unavailable):
        async with database.transaction() as connection:
            await add(connection, "a")
            driver(connection).terminate()
            await add(connection, "b")

    assert await known(database) == []


@pytest.mark.parametrize("way", [Database.statement, Database.transaction])
async def test_a_cancelled_statement_is_never_left_in_the_pool(
    database: Database, way: Way
) -> None:
    """Cancelled at any moment, a request keeps nothing of a transaction and leaves no lock."""
    for patience in (0, 0.0005, 0.001, 0.002, 0.005, 0.05):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(patience), way(database) as connection:
                if way is Database.transaction:
                    await add(connection, "a")
                await driver(connection).execute("SELECT pg_sleep(1)")

        async with database.transaction() as connection:
            await add(connection, str(patience))

    assert "a" not in await known(database)
    assert len(await known(database)) == 6


async def test_a_connection_that_failed_in_the_driver_is_used_no_more(database: Database) -> None:
    """A server that dies leaves connections between two states: trying again gets another one."""
    with pytest.raises(Unavailable):
        async with database.statement() as connection:
            failed = driver(connection)
            raise asyncpg.InternalClientError("cannot switch to state 15")

    assert failed.is_closed()
    async with database.statement() as connection:
        assert driver(connection) is not failed


async def sleep(connection: AsyncConnection, seconds: int) -> None:
    """Keep the database busy, by asyncpg."""
    await driver(connection).fetchval("SELECT pg_sleep($1)", seconds)


async def sleep_composed(connection: AsyncConnection, seconds: int) -> None:
    """Keep the database busy, by SQLAlchemy."""
    await connection.execute(sa.select(sa.func.pg_sleep(seconds)))


@pytest.mark.parametrize("way", [Database.statement, Database.transaction])
@pytest.mark.parametrize("work", [sleep, sleep_composed])
async def test_every_connection_comes_back(
    database: Database, way: Way, work: Callable[[AsyncConnection, int], Awaitable[None]]
) -> None:
    """After a success, a failure, or when nobody waits any more: more often than there are any."""
    at_work = asyncio.Event()

    async def use(seconds: int, failing: bool = False) -> None:
        async with way(database) as connection:
            at_work.set()
            await work(connection, seconds)
            if failing:
                raise RuntimeError

    for _ in range(MORE_THAN_THERE_ARE):
        await use(0)
        with pytest.raises(RuntimeError):
            await use(0, failing=True)
        at_work.clear()
        using = asyncio.create_task(use(1))
        await at_work.wait()
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await using
