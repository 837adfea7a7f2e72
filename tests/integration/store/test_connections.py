"""Connections: the last one first, nobody waits while one lies at hand, none grows old."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool
from turnstream_store.database.connections import Connections, create_engine, driver
from turnstream_store.settings import StoreSettings

from tests.support.waiting import wait_until_async

AT_ONCE = 2.0
"""Seconds; less than anybody waits at the pool before giving up."""


@pytest.fixture
async def engine(emptied: str) -> AsyncIterator[AsyncEngine]:
    """An engine of one connection, and one more under load."""
    engine = create_engine(StoreSettings(database_url=emptied, database_pool=1))
    yield engine
    await engine.dispose()


@pytest.fixture
async def connections(engine: AsyncEngine) -> AsyncIterator[Connections]:
    """Its connections."""
    connections = Connections(engine, 2)
    yield connections
    await connections.aclose()


def away(engine: AsyncEngine) -> int:
    """How many connections are not in the pool."""
    return cast(QueuePool, engine.pool).checkedout()


async def test_the_one_used_last_is_used_next(connections: Connections) -> None:
    """Its backend is warm."""
    first, second = await connections.take(), await connections.take()
    connections.give_back(second)
    connections.give_back(first)
    await asyncio.sleep(0)  # it goes behind whatever its user has yet to do

    assert await connections.take() is first
    assert await connections.take() is second
    connections.give_back(first)
    connections.give_back(second)


async def test_who_waits_gets_what_comes_back(connections: Connections) -> None:
    """Each of them, though all comes back at once."""
    taken = [await connections.take(), await connections.take()]
    waiting = [asyncio.create_task(connections.take()) for _ in range(2)]
    await asyncio.sleep(0)  # they begin to wait

    for connection in taken:
        connections.give_back(connection)

    async with asyncio.timeout(AT_ONCE):
        got = await asyncio.gather(*waiting)
    for connection in got:
        assert await connection.scalar(sa.select(1)) == 1
        connections.give_back(connection)


async def test_many_at_once_all_get_their_turn(
    connections: Connections, engine: AsyncEngine
) -> None:
    """However takers and givers interleave, two connections serve them all."""

    async def use(rounds: int) -> int:
        for _ in range(rounds):
            connection = await connections.take()
            try:
                assert away(engine) <= 2
                await driver(connection).fetchval("SELECT 1")
            finally:
                connections.give_back(connection)
            if rounds % 2:
                await asyncio.sleep(0)
        return rounds

    async with asyncio.timeout(20):
        served = await asyncio.gather(*(use(5 + n) for n in range(20)))
    assert sum(served) == sum(5 + n for n in range(20))


async def test_one_that_sqlalchemy_used_is_kept_too(connections: Connections) -> None:
    """It believed to be in a transaction; the next user finds none, and writes as it likes."""
    connection = await connections.take()
    await connection.execute(sa.select(1))
    assert connection.in_transaction()
    connections.give_back(connection)
    await asyncio.sleep(0)

    assert await connections.take() is connection
    assert not connection.in_transaction()
    assert await connection.scalar(sa.select(1)) == 1
    connections.give_back(connection)


async def begun(connection: AsyncConnection) -> None:
    """asyncpg is in one."""
    await driver(connection).execute("BEGIN")


async def closed(connection: AsyncConnection) -> None:
    """The server is gone."""
    driver(connection).terminate()


async def cut(connection: AsyncConnection) -> None:
    """The server hung up, and SQLAlchemy has noticed."""
    with pytest.raises(sa.exc.DBAPIError):
        await connection.execute(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))
    assert connection.invalidated


@pytest.mark.parametrize("left", [begun, closed, cut])
async def test_what_is_not_clean_goes_to_the_pool(
    connections: Connections,
    engine: AsyncEngine,
    left: Callable[[AsyncConnection], Awaitable[None]],
) -> None:
    """Which cleans it, or makes another."""
    connection = await connections.take()
    await left(connection)
    connections.give_back(connection)

    await wait_until_async(lambda: away(engine) == 0)
    again = await connections.take()
    assert await driver(again).fetchval("SELECT pg_current_xact_id_if_assigned() IS NULL")
    assert not driver(again).is_in_transaction()
    connections.give_back(again)


async def test_a_place_is_not_lost_when_looking_at_a_connection_fails(
    connections: Connections, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the pool, and the next user finds room."""

    def fail(_: AsyncConnection) -> bool:
        raise RuntimeError("nobody knows")

    failures: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    with monkeypatch.context() as patched:
        patched.setattr("turnstream_store.database.connections._can_be_kept", fail)
        for _ in range(3):  # more than there are places
            async with asyncio.timeout(AT_ONCE):
                connections.give_back(await connections.take())
            await wait_until_async(lambda: away(engine) == 0)

    assert len(failures) == 3
    connections.give_back(await connections.take())


async def test_one_that_died_at_hand_is_not_given_out(connections: Connections) -> None:
    """Its socket tells."""
    connection = await connections.take()
    dead = driver(connection)
    connections.give_back(connection)
    dead.terminate()

    again = await connections.take()
    assert await driver(again).fetchval("SELECT 1") == 1
    connections.give_back(again)


async def test_after_some_time_each_goes_back_to_the_pool(engine: AsyncEngine) -> None:
    """The pool replaces those that are old, also those at the bottom that nobody takes."""
    connections = Connections(engine, 2, away=0.2)
    seldom, often = await connections.take(), await connections.take()
    connections.give_back(seldom)
    connections.give_back(often)
    assert away(engine) == 2

    async def only_a_new_one_is_away() -> bool:
        used = await connections.take()
        connections.give_back(used)
        return used not in (seldom, often) and away(engine) == 1

    await wait_until_async(only_a_new_one_is_away)
    await connections.aclose()


async def test_closing_closes_them_all(connections: Connections, engine: AsyncEngine) -> None:
    """Postgres has none of them any more."""
    connection = await connections.take()
    held = driver(connection)
    connections.give_back(connection)

    await connections.aclose()

    assert held.is_closed()
    assert away(engine) == 0
