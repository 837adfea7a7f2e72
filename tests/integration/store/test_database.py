"""Connections: two drivers in one transaction, failures by name, and none handed out broken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import cast

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool
from store.database import Clash, create_engine, driver, statement, transaction
from store.models import facts
from store.settings import StoreSettings
from turnstream.errors import BadRequest, Unavailable

from tests.support.waiting import wait_until_async

_INSERT = "INSERT INTO facts (id, owner, text, status) VALUES ($1, 'ann', $2, 'saved')"


Write = Callable[[AsyncConnection, str, str], Awaitable[None]]
Way = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]]


@pytest.fixture
async def engine(emptied: str) -> AsyncIterator[AsyncEngine]:
    """An engine that holds one connection, so that every block of a test gets the same."""
    engine = create_engine(StoreSettings(database_url=emptied, database_pool=1))
    yield engine
    await engine.dispose()


async def add(connection: AsyncConnection, fact: str, text: str = "hi") -> None:
    """Write a row by asyncpg."""
    await driver(connection).execute(_INSERT, fact, text)


async def add_composed(connection: AsyncConnection, fact: str, text: str = "hi") -> None:
    """Write a row by SQLAlchemy."""
    row = {"id": fact, "owner": "ann", "text": text, "status": "saved"}
    await connection.execute(sa.insert(facts).values(row))


async def known(engine: AsyncEngine) -> list[str]:
    """The ids of all rows."""
    async with statement(engine) as connection:
        return list(await connection.scalars(sa.select(facts.c.id).order_by(facts.c.id)))


async def test_both_drivers_write_in_one_transaction(engine: AsyncEngine) -> None:
    """What either wrote is rolled back together, or committed together."""
    with pytest.raises(RuntimeError):
        async with transaction(engine) as connection:
            await add_composed(connection, "a")
            await add(connection, "b")
            raise RuntimeError
    assert await known(engine) == []

    async with transaction(engine) as connection:
        await add_composed(connection, "a")
        await add(connection, "b")
    assert await known(engine) == ["a", "b"]


@pytest.mark.parametrize("write", [add, add_composed])
async def test_failures_have_the_same_names_on_both_drivers(
    engine: AsyncEngine, write: Write
) -> None:
    """A row that is there is a `Clash`, a NUL a `BadRequest`; the connection stays usable."""
    async with statement(engine) as connection:
        await write(connection, "a", "hi")

    for text, name in (("hi", Clash), ("\0", BadRequest)):
        for way in (statement, transaction):
            with pytest.raises(name):
                async with way(engine) as connection:
                    await write(connection, "a", text)

    assert await known(engine) == ["a"]


async def test_a_connection_that_was_cut_is_replaced(engine: AsyncEngine, emptied: str) -> None:
    """After the server has hung up, the next request does not even notice."""
    async with statement(engine) as connection:
        process = await connection.scalar(sa.select(sa.func.pg_backend_pid()))
        cut = driver(connection)
    operator = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    closed = asyncio.Event()
    cut.add_termination_listener(lambda _: closed.set())
    await operator.execute("SELECT pg_terminate_backend($1)", process)
    await operator.close()
    await asyncio.wait_for(closed.wait(), 30)

    assert await known(engine) == []


async def test_a_connection_cut_within_a_transaction_is_unavailable(engine: AsyncEngine) -> None:
    """Nothing of the transaction is kept, and the next one has a new connection."""
    with pytest.raises(Unavailable):
        async with transaction(engine) as connection:
            await add(connection, "a")
            driver(connection).terminate()
            await add(connection, "b")

    assert await known(engine) == []


@pytest.mark.parametrize("way", [statement, transaction])
async def test_a_cancelled_statement_is_never_left_in_the_pool(
    engine: AsyncEngine, way: Way
) -> None:
    """Cancelled at any moment, a request keeps nothing of a transaction and leaves no lock."""
    for patience in (0, 0.0005, 0.001, 0.002, 0.005, 0.05):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(patience), way(engine) as connection:
                if way is transaction:
                    await add(connection, "a")
                await driver(connection).execute("SELECT pg_sleep(1)")

        async with transaction(engine) as connection:
            await add(connection, str(patience))

    assert "a" not in await known(engine)
    assert len(await known(engine)) == 6


async def test_a_connection_that_failed_in_the_driver_is_used_no_more(engine: AsyncEngine) -> None:
    """A server that dies leaves connections between two states: trying again gets another one."""
    with pytest.raises(Unavailable):
        async with statement(engine) as connection:
            failed = driver(connection)
            raise asyncpg.InternalClientError("cannot switch to state 15")

    assert failed.is_closed()
    async with statement(engine) as connection:
        assert driver(connection) is not failed


async def sleep(connection: AsyncConnection, seconds: int) -> None:
    """Keep the database busy, by asyncpg."""
    await driver(connection).fetchval("SELECT pg_sleep($1)", seconds)


async def sleep_composed(connection: AsyncConnection, seconds: int) -> None:
    """Keep the database busy, by SQLAlchemy."""
    await connection.execute(sa.select(sa.func.pg_sleep(seconds)))


@pytest.mark.parametrize("way", [statement, transaction])
@pytest.mark.parametrize("work", [sleep, sleep_composed])
async def test_every_connection_comes_back(
    engine: AsyncEngine, way: Way, work: Callable[[AsyncConnection, int], Awaitable[None]]
) -> None:
    """It does so behind the answer: after a success, a failure, or when nobody waits any more."""
    pool = cast(QueuePool, engine.pool)

    async def use(seconds: int, failing: bool = False) -> None:
        async with way(engine) as connection:
            await work(connection, seconds)
            if failing:
                raise RuntimeError

    await use(0)
    await wait_until_async(lambda: pool.checkedout() == 0)

    with pytest.raises(RuntimeError):
        await use(0, failing=True)
    await wait_until_async(lambda: pool.checkedout() == 0)

    using = asyncio.create_task(use(1))
    await wait_until_async(lambda: pool.checkedout() == 1)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    await wait_until_async(lambda: pool.checkedout() == 0)
