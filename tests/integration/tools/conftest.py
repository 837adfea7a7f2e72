"""A real Valkey, a real Postgres and a real store; the tools service runs in the test or beside it.

`tests.support.servers.shared` says where the servers come from.
"""

import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from redis.asyncio import Redis
from turnstream_store.app import create_app as create_store
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import StoreSettings

from tests.integration.tools.calling import CallingWorker
from tests.support.servers.shared import empty_database, redis_server
from tests.support.waiting import free_port, wait_until


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis that the session may flush."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def database_url(database_url: str) -> Iterator[str]:
    """A migrated database of the session's own."""
    with empty_database(database_url) as own:
        migrate(StoreSettings(database_url=own))
        yield own


@pytest.fixture(scope="session")
def store_url(redis_url: str, database_url: str) -> Iterator[str]:
    """A store, in a thread with an event loop of its own."""
    port = free_port()
    settings = StoreSettings(redis_url=redis_url, database_url=database_url, port=port)
    # uvloop can't always close a loop in a thread: "Device or resource busy".
    config = uvicorn.Config(create_store(settings), port=port, log_config=None, loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, message="the store to start")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client, and an empty database."""
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def worker(redis: Redis, redis_url: str, store_url: str) -> AsyncIterator[CallingWorker]:
    """A worker that holds a turn and calls tools in it."""
    async with CallingWorker(redis_url, store_url) as calling:
        yield calling
