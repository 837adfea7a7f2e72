"""redis-py, FastStream and SQLAlchemy: what the product reads of them is there, on real servers."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
from faststream.redis import RedisStreamMessage
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from turnstream.redis.broker import (
    build_broker,
    consuming,
    current_message,
    ensure_groups,
    entry_age,
    grouped,
    inbox,
    queue,
)
from turnstream.redis.client import command_client, listening_client
from turnstream.settings import Settings
from turnstream_store.database.connecting import create_engine
from turnstream_store.database.row_security import RowSecurity
from turnstream_store.settings import RowSecurityMode, StoreSettings

from tests.unit.coupling.private_names import takes


@takes("redis.asyncio.Connection._writer", "redis.asyncio.ConnectionPool.make_connection")
async def test_a_connection_outside_the_pool_has_a_transport(redis_url: str) -> None:
    redis = listening_client(redis_url)
    connection: Any = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    await connection.connect()
    try:
        assert isinstance(connection._writer.transport, asyncio.Transport)
    finally:
        await connection.disconnect()
        await redis.aclose()


@takes(
    "faststream.redis.RedisBroker.get_local",
    "faststream.redis.RedisBroker.running",
    "faststream.redis.RedisBroker.stream_sub",
    "faststream.redis.RedisStreamMessage.raw_message",
)
async def test_a_handler_finds_its_message_and_a_lost_group_stops_its_subscriber(
    redis_url: str,
) -> None:
    broker = build_broker(Settings(redis_url=redis_url))
    seen: asyncio.Queue[tuple[RedisStreamMessage, timedelta]] = asyncio.Queue()

    @broker.subscriber(stream=queue("coupling-jobs", "group", "consumer"))
    async def work(body: str) -> None:
        message = current_message(broker)
        await seen.put((message, await entry_age(broker, message)))

    @broker.subscriber(stream=inbox("coupling-replies"))
    async def reply(body: str) -> None:
        """Takes no work from a group."""

    await ensure_groups(broker, [("coupling-jobs", "group")])
    async with Redis.from_url(redis_url) as redis:
        await broker.start()
        try:
            assert consuming(broker)
            assert len(grouped(broker)) == 1
            await broker.publish("hello", stream="coupling-jobs")
            message, age = await asyncio.wait_for(seen.get(), 10)
            assert await message.decode() == "hello"
            assert timedelta(0) <= age < timedelta(seconds=10)

            await redis.delete("coupling-jobs")
            async with asyncio.timeout(10):
                while consuming(broker):
                    await asyncio.sleep(0.05)
        finally:
            await broker.stop()
            await redis.delete("coupling-jobs", "coupling-replies")


@takes("redis.asyncio.SentinelConnectionPool.sentinel_manager")
async def test_a_pool_knows_the_clients_of_its_sentinels() -> None:
    """Nothing connects before the first command."""
    client = command_client("redis+sentinel://one:1,two:2/main/0")
    sentinels = client.connection_pool.sentinel_manager.sentinels  # type: ignore[attr-defined]

    assert len(sentinels) == 2
    assert all(isinstance(each, Redis) for each in sentinels)
    await client.aclose()


@takes("redis.commands.core.AsyncScript")
async def test_a_script_runs_on_the_client_that_a_call_names(redis_url: str) -> None:
    """It has none of its own, and loads itself where a server does not know it."""
    script = AsyncScript(None, b"return {ARGV[1], KEYS[1]}")  # type: ignore[arg-type]
    async with Redis.from_url(redis_url) as redis:
        await redis.script_flush()
        assert await script(keys=["k"], args=["a"], client=redis) == [b"a", b"k"]


@takes(
    "sqlalchemy.engine.Dialect.create_connect_args",
    "sqlalchemy.engine.AdaptedConnection.run_async",
    "sqlalchemy.engine.AdaptedConnection.driver_connection",
)
async def test_the_driver_is_found_under_sqlalchemy_and_connects_by_itself(
    database_url: str,
) -> None:
    """JSON stays text on a connection of the engine's, whose driver knows whether it is closed."""
    settings = StoreSettings(database_url=database_url)
    engine = create_engine(settings, RowSecurity(RowSecurityMode.OFF), size=1, name="tenants")
    _, address = engine.dialect.create_connect_args(engine.url)
    alone = await asyncpg.connect(**address)
    try:
        assert await alone.fetchval("SELECT 1") == 1
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            assert raw.driver_connection.is_closed() is False
            text = await raw.driver_connection.fetchval("SELECT '[1,  2]'::json")
            assert text == "[1,  2]"
    finally:
        await alone.close()
        await engine.dispose()
