"""A store for every test: real Postgres, real Redis, real HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from redis.asyncio import Redis
from turnstream.contracts.owner import Owner
from turnstream.files.blobs import Blobs
from turnstream.redis.broker import build_broker, stop_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.publisher import Announcer
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import SweeperServices

from tests.support.servers.shared import empty_database, empty_redis
from tests.support.system.services import running_store
from tests.support.turns import ANN

_TABLES = (
    *("attachments", "files", "threads", "deleted_threads", "facts", "outbox", "api_keys"),
    *("sessions", "tenants", "usage", "spending", "reservations", "erasures", "holds", "audit"),
    *("webhooks", "webhook_deliveries", "schedules"),
)
"""Those that others hang from, and go with; what refers to another one first."""


@pytest.fixture(scope="module")
def migrated(database_url: str, migrated_template: str) -> Iterator[str]:
    """A migrated database for the tests of one file."""
    with empty_database(database_url, migrated_template) as database:
        yield database


@pytest.fixture(scope="module")
def redis(redis_url: str) -> Iterator[str]:
    """A Redis database for the tests of one file."""
    with empty_redis(redis_url) as database:
        yield database


@pytest.fixture
async def emptied(migrated: str) -> str:
    """The migrated database without a row.

    `DELETE`, because a `TRUNCATE` makes a file of each table and index anew, which takes longer
    than many a test.
    """
    connection = await asyncpg.connect(migrated.replace("+asyncpg", "", 1))
    await connection.execute(";".join(f"DELETE FROM {table}" for table in _TABLES))
    await connection.close()
    return migrated


@pytest.fixture
async def other(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection, which is subject to nothing."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


@pytest.fixture
async def redis_client(redis: str) -> AsyncIterator[Redis]:
    """Redis as the services see it."""
    async with Redis.from_url(redis) as redis_client:
        await redis_client.flushdb()
        yield redis_client


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[Database]:
    """The store's own way to its database, for half of what a route does."""
    async with Database(StoreSettings(database_url=emptied)) as database:
        yield database


@pytest.fixture
def blobs_url(tmp_path: Path) -> str:
    """Where the store of a test keeps bytes."""
    return f"file:{tmp_path}/blobs"


@pytest.fixture
async def services(emptied: str, redis: str, blobs_url: str) -> AsyncIterator[SweeperServices]:
    """What duties of the sweeper work with, for one that is done by hand."""
    settings = StoreSettings(database_url=emptied, redis_url=redis, blobs_url=blobs_url)
    commands = command_client(settings.redis_url)
    logs = one_server(commands)
    log = EventLog(logs)
    broker = build_broker(settings)
    async with Database(settings) as database:
        await broker.connect()
        announcer = Announcer(broker, log)
        yield SweeperServices(database, announcer, log, logs, commands, Blobs(blobs_url), settings)
        await stop_broker(broker)
        await commands.aclose()


@pytest.fixture
async def client(emptied: str, redis: str, blobs_url: str) -> AsyncIterator[StoreClient]:
    """A client of a store that sweeps often."""
    async with running_store(emptied, redis, sweep_interval="200ms", blobs_url=blobs_url) as store:
        yield store


async def item_ids(client: StoreClient, thread_id: str, owner: Owner = ANN) -> list[str]:
    """The ids of a thread's items as its owner sees them, oldest first."""
    page = await client.threads.items(owner, thread_id, limit=100, order="asc", after=None)
    return [item["id"] for item in orjson.loads(page)["data"]]


@pytest.fixture
async def stores(emptied: str, redis: str, blobs_url: str) -> AsyncIterator["Stores"]:
    """Stores that do not sweep, so that nothing but claims and ends moves turns."""
    async with AsyncExitStack() as stack:
        yield Stores(stack, emptied, redis, blobs_url)


class Stores:
    """Starts stores for a test."""

    def __init__(self, stack: AsyncExitStack, database: str, redis: str, blobs_url: str) -> None:
        self._stack = stack
        self._where = (database, redis)
        self._quiet = {"blobs_url": blobs_url, "sweep_interval": "1h"}

    async def start(self, **settings: Any) -> StoreClient:
        """A client of a new store."""
        store = running_store(*self._where, **{**self._quiet, **settings})
        return await self._stack.enter_async_context(store)
