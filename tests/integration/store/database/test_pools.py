"""The pools: transactions, failures by name, and no connection handed out broken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlmodel import col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.errors import BadRequest, Unavailable
from turnstream_store.database import connecting, pools
from turnstream_store.database.failures import WriteConflict
from turnstream_store.database.pools import Database, TenantDatabase
from turnstream_store.guide_data.tables import FactRow
from turnstream_store.settings import StoreSettings

from tests.support.waiting import wait_until_async

MORE_THAN_THERE_ARE = 3
AT_ONCE = 2.0
"""Seconds; less than anybody waits for a connection before giving up."""
_INSERT = "INSERT INTO facts (id, owner, text, status) VALUES ($1, 'ann', $2, 'saved')"

Way = Callable[[TenantDatabase], AbstractAsyncContextManager[Any]]
WAYS = [TenantDatabase.connection, TenantDatabase.transaction, TenantDatabase.session]
IN_TRANSACTION = [TenantDatabase.transaction, TenantDatabase.session]


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[TenantDatabase]:
    """A database of one connection in each pool."""
    async with Database(StoreSettings(database_url=emptied, database_pool=1)) as database:
        yield database.of(DEFAULT_TENANT)


@pytest.fixture
async def two(emptied: str) -> AsyncIterator[TenantDatabase]:
    """A database of two connections in each pool."""
    async with Database(StoreSettings(database_url=emptied, database_pool=4)) as database:
        yield database.of(DEFAULT_TENANT)


@pytest.fixture
async def operator(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


async def add(connection: Any, fact: str, text: str = "hi") -> None:
    """Write a row, by asyncpg or in a session."""
    if isinstance(connection, AsyncSession):
        values = {"id": fact, "owner": "ann", "text": text, "status": "saved"}
        await connection.exec(insert(FactRow).values(values))
    else:
        await connection.fetch(_INSERT, fact, text)


async def sleep(connection: Any, seconds: float) -> None:
    """Keep the database busy, by asyncpg or in a session."""
    if isinstance(connection, AsyncSession):
        await connection.exec(select(sa.func.pg_sleep(seconds)))
    else:
        await connection.fetch("SELECT pg_sleep($1)", seconds)


async def backend(connection: Any) -> int:
    """The process of the server that a connection talks to."""
    if isinstance(connection, AsyncSession):
        process: int = (await connection.exec(select(sa.func.pg_backend_pid()))).one()
        return process
    return int((await connection.fetchrow("SELECT pg_backend_pid()"))[0])


async def known(database: TenantDatabase) -> list[str]:
    """The ids of all rows."""
    async with database.session() as session:
        return list(await session.exec(select(FactRow.id).order_by(col(FactRow.id))))


async def cut(operator: asyncpg.Connection, process: int) -> None:
    """Have the server hang up on a connection, and give the client time to notice."""
    await operator.execute("SELECT pg_terminate_backend($1)", process)

    async def gone() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"
        return not await operator.fetchval(query, process)

    await wait_until_async(gone)
    await asyncio.sleep(0.05)  # the loop reads the end of the connection's socket


@pytest.mark.parametrize("way", IN_TRANSACTION)
async def test_a_transaction_is_kept_whole_or_not_at_all(
    database: TenantDatabase, way: Way
) -> None:
    """A failure rolls back what was written before it; an end without one commits it."""
    with pytest.raises(RuntimeError):
        async with way(database) as connection:
            await add(connection, "a")
            raise RuntimeError
    assert await known(database) == []

    async with way(database) as connection:
        await add(connection, "a")
        await add(connection, "b")
    assert await known(database) == ["a", "b"]


@pytest.mark.parametrize("way", WAYS)
async def test_failures_have_the_same_names_in_both_pools(
    database: TenantDatabase, way: Way
) -> None:
    """A row that exists is a `WriteConflict`, a NUL a `BadRequest`; the connection is kept."""
    async with way(database) as connection:
        await add(connection, "a", "hi")

    for text, name in (("hi", WriteConflict), ("\0", BadRequest)):
        with pytest.raises(name):
            async with way(database) as connection:
                await add(connection, "a", text)

    assert await known(database) == ["a"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_connection_that_was_cut_is_replaced(
    database: TenantDatabase, operator: asyncpg.Connection, way: Way
) -> None:
    """After the server has hung up, the next request does not even notice."""
    async with way(database) as connection:
        process = await backend(connection)
    await cut(operator, process)

    async with way(database) as connection:
        assert await backend(connection) != process


@pytest.mark.parametrize("way", IN_TRANSACTION)
async def test_a_connection_cut_within_a_transaction_is_unavailable(
    database: TenantDatabase, operator: asyncpg.Connection, way: Way
) -> None:
    """Nothing of the transaction is kept, and the next one has a new connection."""
    with pytest.raises(Unavailable):
        async with way(database) as connection:
            await add(connection, "a")
            await cut(operator, await backend(connection))
            await add(connection, "b")

    assert await known(database) == []


@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_statement_is_never_left_in_the_pool(
    database: TenantDatabase, way: Way
) -> None:
    """Cancelled at any moment, a request keeps nothing of a transaction and leaves no lock."""
    for timeout in (0, 0.0005, 0.001, 0.002, 0.005, 0.05):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(timeout), way(database) as connection:
                if way is not TenantDatabase.connection:
                    await add(connection, "a")
                await sleep(connection, 1)

        async with way(database) as connection:
            await add(connection, str(timeout))

    assert "a" not in await known(database)
    assert len(await known(database)) == 6


async def test_a_connection_that_failed_in_the_driver_is_used_no_more(
    database: TenantDatabase,
) -> None:
    """A server that dies leaves connections between two states: trying again gets another one."""
    with pytest.raises(Unavailable):
        async with database.connection() as connection:
            failed = await backend(connection)
            raise asyncpg.InternalClientError("cannot switch to state 15")

    async with database.connection() as connection:
        assert await backend(connection) != failed


async def test_a_transaction_that_was_left_open_is_ended(database: TenantDatabase) -> None:
    """The next user of the connection finds none, and nothing of it."""
    async with database.connection() as connection:
        await connection.fetch("BEGIN")
        await add(connection, "a")

    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT pg_current_xact_id_if_assigned() IS NULL")
        assert row is not None
        assert row[0]
    assert await known(database) == []


@pytest.mark.parametrize("way", WAYS)
async def test_every_connection_comes_back(database: TenantDatabase, way: Way) -> None:
    """After a success, a failure, or when nobody waits any more: more often than there are any."""
    at_work = asyncio.Event()

    async def use(seconds: float, failing: bool = False) -> None:
        async with way(database) as connection:
            at_work.set()
            await sleep(connection, seconds)
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


@pytest.mark.parametrize("way", WAYS)
async def test_the_connection_used_last_is_used_next(two: TenantDatabase, way: Way) -> None:
    """Its backend is warm."""
    async with way(two) as first:
        await backend(first)
        async with way(two) as second:
            earlier = await backend(second)
        later = await backend(first)
    for _ in range(3):
        async with way(two) as again:
            assert await backend(again) == later != earlier


@pytest.mark.parametrize("way", WAYS)
async def test_many_at_once_all_get_their_turn(two: TenantDatabase, way: Way) -> None:
    """However they interleave, two connections serve them all, and none waits for long."""

    async def use(rounds: int) -> set[int]:
        used = set()
        for _ in range(rounds):
            async with asyncio.timeout(AT_ONCE), way(two) as connection:
                used.add(await backend(connection))
        return used

    served = await asyncio.gather(*(use(2 + n) for n in range(10)))
    assert len(set().union(*served)) <= 2


@pytest.mark.parametrize("way", WAYS)
async def test_who_waits_for_a_connection_too_long_is_told(
    emptied: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy pool is an answer that may be tried again, not a request that hangs."""
    for module in (connecting, pools):
        monkeypatch.setattr(module, "ACQUIRE_TIMEOUT", 0.5)
    async with Database(StoreSettings(database_url=emptied, database_pool=1)) as database:
        ours = database.of(DEFAULT_TENANT)
        async with way(ours) as connection:
            await backend(connection)  # a session has its connection from its first statement on
            with pytest.raises(Unavailable):
                async with asyncio.timeout(20), way(ours) as second:
                    await backend(second)


async def test_a_connection_is_replaced_when_it_is_old(emptied: str) -> None:
    """No connection outlives a failover for long."""
    settings = StoreSettings(database_url=emptied, database_pool=1)
    async with Database(settings, life=0.2) as database:
        ours = database.of(DEFAULT_TENANT)
        async with ours.connection() as connection:
            first = await backend(connection)
        await asyncio.sleep(0.3)
        async with ours.connection() as connection:
            assert await backend(connection) != first


@pytest.mark.parametrize("way", WAYS)
async def test_leaving_closes_every_connection(
    emptied: str, operator: asyncpg.Connection, way: Way
) -> None:
    """Postgres has none of them any more."""
    settings = StoreSettings(database_url=emptied)
    async with Database(settings) as database, way(database.of(DEFAULT_TENANT)) as connection:
        process = await backend(connection)

    async def gone() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"
        return not await operator.fetchval(query, process)

    await wait_until_async(gone)


async def test_a_query_tells_what_the_database_holds(database: TenantDatabase) -> None:
    """Also of a row that the session has loaded before and a statement has changed since."""
    async with database.session() as session:
        await add(session, "a")
        row = (await session.exec(select(FactRow))).one()
        statement = sa.update(FactRow).values({FactRow.status: "discarded"})
        await session.exec(statement.where(col(FactRow.id) == "a"))
        assert row.status == "saved"
        assert (await session.exec(select(FactRow))).one().status == "discarded"
